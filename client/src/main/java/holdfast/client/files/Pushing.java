package holdfast.client.files;

import holdfast.client.session.Environment;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.PushChunks;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Bulk;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Sends chunks of one store to come, in batches of which a few are under way at once, straight from
 * the local file. Chunks may still be added, by one thread at a time, while others are on their
 * way.
 */
final class Pushing implements AutoCloseable {
    private static final long BATCH_BYTES = 8L << 20;
    private static final int BATCH_CHUNKS = 256;
    private static final int UNDER_WAY = 2;
    private static final int TRIES_MAX = 3;

    private final Environment environment;
    private final ReplicaGroups groups;
    private final Times times;
    private final Target target;
    private final long newBytes;
    private final ChunkBytes source;
    private final LongConsumer progress;
    private final Set<ChunkHash> added = new HashSet<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private final Set<Thread> senders = new HashSet<>();
    private final ArrayDeque<List<Piece.Chunk>> waiting = new ArrayDeque<>(); // bounded by pieces
    private List<Piece.Chunk> batch = new ArrayList<>();
    private long batchBytes;
    private long collection = Long.MAX_VALUE;
    private long sent;
    private @Nullable RuntimeException failure;

    /**
     * What is stored.
     *
     * @param file the file, or the folder in which it will be made
     * @param token of the file's lock; empty for a file not made yet
     * @param size the whole new size
     */
    record Target(FileId file, Optional<Token> token, long size) {}

    /** Sends up to {@code newBytes} for {@code target}. */
    Pushing(
            Environment environment,
            ReplicaGroups groups,
            Times times,
            Target target,
            long newBytes,
            ChunkBytes source,
            LongConsumer progress) {
        this.environment = environment;
        this.groups = groups;
        this.times = times;
        this.target = target;
        this.newBytes = newBytes;
        this.source = source;
        this.progress = progress;
    }

    /**
     * Sends {@code chunk}, once however often it is added; does not wait. Throws what ended the
     * sending.
     */
    void add(Piece.Chunk chunk) {
        lock.lock();
        try {
            checkFailure();
            if (!added.add(chunk.hash())) {
                return;
            }
            if (batch.size() == BATCH_CHUNKS || batchBytes + chunk.length() > BATCH_BYTES) {
                sendBatch();
            }
            batch.add(chunk);
            batchBytes += chunk.length();
        } finally {
            lock.unlock();
        }
    }

    private void sendBatch() {
        if (batch.isEmpty()) {
            return;
        }
        waiting.add(batch);
        batch = new ArrayList<>();
        batchBytes = 0;
        if (senders.size() < UNDER_WAY) {
            senders.add(environment.start("holdfast-push", this::sendAll));
        }
    }

    private void checkFailure() {
        if (failure != null) {
            throw failure instanceof FailureException e
                    ? new FailureException(e.failure(), e)
                    : new IllegalStateException(failure);
        }
    }

    /** Waits until everything was sent; throws what ended it before. */
    void finish() {
        lock.lock();
        try {
            sendBatch();
            while (!senders.isEmpty() && failure == null) {
                ended.await(); // each sender's calls have deadlines
            }
            checkFailure();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "cancelled while sending");
        } finally {
            lock.unlock();
        }
    }

    /** Ends what is on its way, and waits for it: its bytes are still read. */
    @Override
    public void close() {
        lock.lock();
        try {
            waiting.clear();
            senders.forEach(Thread::interrupt);
            while (!senders.isEmpty()) {
                ended.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void sendAll() {
        try {
            for (List<Piece.Chunk> next = next(); !next.isEmpty(); next = next()) {
                send(next);
            }
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** The next batch; empty when this sender is not needed any more. */
    private List<Piece.Chunk> next() {
        lock.lock();
        try {
            List<Piece.Chunk> next = waiting.poll();
            if (next == null) {
                ends();
                return List.of();
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    private void fail(RuntimeException e) {
        lock.lock();
        try {
            failure = failure == null ? e : failure;
            waiting.clear();
            ends();
        } finally {
            lock.unlock();
        }
    }

    private void ends() {
        senders.remove(Thread.currentThread());
        ended.signalAll();
    }

    private void send(List<Piece.Chunk> chunks) {
        long length = chunks.stream().mapToLong(Piece.Chunk::length).sum();
        PushChunks.Builder request = PushChunks.newBuilder()
                .setFile(target.file().value())
                .setSize(target.size())
                .setNewBytes(newBytes);
        target.token().ifPresent(request::setToken);
        chunks.forEach(each -> request.addChunks(WireContents.encode(each)));
        sent(send(request.build(), chunks, length), length);
    }

    /** Again, a few times, when bytes were changed on their way. */
    private long send(PushChunks request, List<Piece.Chunk> chunks, long length) {
        for (int tries = 1; ; tries++) {
            try {
                return groups.at(
                        target.file(),
                        times.moving(length),
                        group -> group.connection()
                                .ask(
                                        FileMethods.PUSH_CHUNKS,
                                        request,
                                        () -> source.of(chunks),
                                        () -> Bulk.Sink.NONE,
                                        times.moving(length))
                                .message()
                                .getCollection());
            } catch (FailureException e) {
                if (e.code() != FailureCode.DAMAGED || tries == TRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    private void sent(long number, long length) {
        long soFar;
        lock.lock();
        try {
            collection = Math.min(collection, number);
            sent += length;
            soFar = sent;
        } finally {
            lock.unlock();
        }
        progress.accept(soFar);
    }

    /** After the end: the lowest collection that a push was answered with; none: the highest. */
    long collection() {
        return locked(() -> collection);
    }

    /** Bytes sent so far. */
    long sent() {
        return locked(() -> sent);
    }

    private long locked(LongSupplier value) {
        lock.lock();
        try {
            return value.getAsLong();
        } finally {
            lock.unlock();
        }
    }
}
