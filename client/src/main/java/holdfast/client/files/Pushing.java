package holdfast.client.files;

import holdfast.client.session.Environment;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.PushChunks;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Bulk;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Sends chunks of one store to come, in batches of which a few are under way at once, straight from
 * the local file.
 */
final class Pushing {
    private static final long BATCH_BYTES = 16L << 20;
    private static final int BATCH_CHUNKS = 256;
    private static final int UNDER_WAY = 2;

    private final Environment environment;
    private final ReplicaGroups groups;
    private final Times times;
    private final Target target;
    private final ChunkBytes source;
    private final LongConsumer progress;
    private final AtomicLong collection = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong sent = new AtomicLong();

    /**
     * What is stored.
     *
     * @param file the file, or the folder in which it will be made
     * @param token of the file's lock; empty for a file not made yet
     * @param size the whole new size
     */
    record Target(FileId file, Optional<Token> token, long size) {}

    Pushing(
            Environment environment,
            ReplicaGroups groups,
            Times times,
            Target target,
            ChunkBytes source,
            LongConsumer progress) {
        this.environment = environment;
        this.groups = groups;
        this.times = times;
        this.target = target;
        this.source = source;
        this.progress = progress;
    }

    /** The chunks of {@code manifest} that {@code has} does not hold, each once. */
    static List<Piece.Chunk> lacking(Manifest manifest, Set<ChunkHash> has) {
        List<Piece.Chunk> lacking = new ArrayList<>();
        Set<ChunkHash> seen = new HashSet<>(has);
        for (Piece piece : manifest.pieces()) {
            if (piece instanceof Piece.Chunk chunk && seen.add(chunk.hash())) {
                lacking.add(chunk);
            }
        }
        return lacking;
    }

    /** The hashes of {@code contents}' chunks. */
    static Set<ChunkHash> hashes(holdfast.model.chunk.Contents contents) {
        Set<ChunkHash> hashes = new HashSet<>();
        if (contents instanceof Manifest manifest) {
            for (Piece piece : manifest.pieces()) {
                if (piece instanceof Piece.Chunk chunk) {
                    hashes.add(chunk.hash());
                }
            }
        }
        return hashes;
    }

    /** Sends all of {@code chunks}. */
    void push(List<Piece.Chunk> chunks) {
        long bytes = chunks.stream().mapToLong(Piece.Chunk::length).sum();
        Semaphore room = new Semaphore(UNDER_WAY);
        List<CompletableFuture<Void>> batches = new ArrayList<>();
        for (List<Piece.Chunk> batch : batches(chunks)) {
            acquire(room);
            if (batches.stream().anyMatch(CompletableFuture::isCompletedExceptionally)) {
                break;
            }
            batches.add(inBackground(batch, bytes, room));
        }
        batches.forEach(Pushing::join);
    }

    private static List<List<Piece.Chunk>> batches(List<Piece.Chunk> chunks) {
        List<List<Piece.Chunk>> batches = new ArrayList<>();
        List<Piece.Chunk> batch = new ArrayList<>();
        long bytes = 0;
        for (Piece.Chunk each : chunks) {
            boolean full = batch.size() == BATCH_CHUNKS || bytes + each.length() > BATCH_BYTES;
            if (full && !batch.isEmpty()) {
                batches.add(batch);
                batch = new ArrayList<>();
                bytes = 0;
            }
            batch.add(each);
            bytes += each.length();
        }
        if (!batch.isEmpty()) {
            batches.add(batch);
        }
        return batches;
    }

    private static void acquire(Semaphore room) {
        try {
            room.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "cancelled while sending");
        }
    }

    private CompletableFuture<Void> inBackground(
            List<Piece.Chunk> batch, long bytes, Semaphore room) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        environment.start("holdfast-push", () -> {
            try {
                send(batch, bytes);
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            } finally {
                room.release();
            }
        });
        return done;
    }

    private static void join(CompletableFuture<Void> batch) {
        try {
            batch.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof FailureException failure
                    ? failure
                    : new IllegalStateException(e.getCause());
        }
    }

    private void send(List<Piece.Chunk> batch, long newBytes) {
        long length = batch.stream().mapToLong(Piece.Chunk::length).sum();
        PushChunks.Builder request = PushChunks.newBuilder()
                .setFile(target.file().value())
                .setSize(target.size())
                .setNewBytes(newBytes);
        target.token().ifPresent(request::setToken);
        batch.forEach(each -> request.addChunks(WireContents.encode(each)));
        long number = groups.at(
                target.file(),
                times.moving(length),
                group -> group.connection()
                        .ask(
                                FileMethods.PUSH_CHUNKS,
                                request.build(),
                                () -> source.of(batch),
                                () -> Bulk.Sink.NONE,
                                times.moving(length))
                        .message()
                        .getCollection());
        collection.accumulateAndGet(number, Math::min);
        progress.accept(sent.addAndGet(length));
    }

    /** The lowest collection that a push was answered with; 0 when nothing was pushed. */
    long collection() {
        long lowest = collection.get();
        return lowest == Long.MAX_VALUE ? 0 : lowest;
    }

    /** Bytes sent so far. */
    long sent() {
        return sent.get();
    }
}
