package holdfast.model.chunk;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Hashes chunks in a thread of its own while the next bytes are read and cut; the first few at
 * once, since a thread costs more than they do. It is a platform thread: hashing never blocks, and
 * a virtual one would keep its carrier from heartbeats and breaks.
 */
final class ChunkHasher implements AutoCloseable {
    static final int BLOCK = 1 << 20;

    private static final int BLOCKS = 6;
    private static final int SPANS = 256;
    private static final long ALONE_BYTES = 2L << 20;

    /** Memory for bytes on their way. */
    static final class Block {
        final byte[] bytes = new byte[BLOCK];
    }

    private sealed interface Work {}

    /** Bytes of the current chunk. */
    private record Span(ByteBuffer bytes) implements Work {}

    private record EndOfChunk(long position, long length) implements Work {}

    private record Free(Block block) implements Work {}

    private enum Mark implements Work {
        END
    }

    private final BlockingQueue<Block> free = new ArrayBlockingQueue<>(BLOCKS);
    private final BlockingQueue<Work> queue = new ArrayBlockingQueue<>(SPANS);
    private final List<Piece.Chunk> chunks = new ArrayList<>();
    private final MessageDigest digest = ChunkHash.digest();
    private final ChunkFound found;
    private volatile @Nullable RuntimeException failure;
    private @Nullable Thread thread;
    private int blocks;
    private long bytes;

    ChunkHasher(ChunkFound found) {
        this.found = found;
    }

    /** A block to read into; waits until one is free. */
    Block block() {
        Block block = free.poll();
        if (block == null && blocks < BLOCKS) {
            blocks++;
            return new Block();
        }
        try {
            return block == null ? free.take() : block;
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    void span(byte[] block, int from, int to) {
        if (to > from) {
            bytes += to - from;
            put(new Span(ByteBuffer.wrap(block, from, to - from)));
        }
    }

    void endChunk(long position, long length) {
        put(new EndOfChunk(position, length));
    }

    /** {@code block} may be used again when all that was said before is done. */
    void release(Block block) {
        put(new Free(block));
    }

    /** Waits for all chunks, in the order of their ends. */
    List<Piece.Chunk> finish() {
        if (thread != null) {
            put(Mark.END);
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw cancelled(e);
            }
        }
        checkFailure();
        return chunks;
    }

    private void checkFailure() {
        RuntimeException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    private void put(Work work) {
        checkFailure();
        if (thread == null) {
            if (bytes < ALONE_BYTES) {
                perform(work);
                return;
            }
            thread = Thread.ofPlatform().daemon().name("holdfast-hash").start(this::run);
        }
        try {
            queue.put(work);
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    private void run() {
        try {
            boolean more = true;
            while (more) {
                more = performOrPass(queue.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** After a failure only the blocks go back, so that nobody waits for them. */
    private boolean performOrPass(Work work) {
        if (failure != null && !(work instanceof Free)) {
            return work != Mark.END;
        }
        try {
            return perform(work);
        } catch (RuntimeException e) {
            failure = e;
            return true;
        }
    }

    /** False at the end. */
    private boolean perform(Work work) {
        switch (work) {
            case Span span -> digest.update(span.bytes);
            case EndOfChunk end -> {
                Piece.Chunk chunk = new Piece.Chunk(ChunkHash.of(digest.digest()), end.length);
                chunks.add(chunk);
                found.found(chunk, end.position);
            }
            case Free given -> free.add(given.block);
            case Mark _ -> {
                return false;
            }
        }
        return true;
    }

    private static FailureException cancelled(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new FailureException(
                Failure.of(FailureCode.CANCELLED, "cutting was interrupted"), cause);
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }
}
