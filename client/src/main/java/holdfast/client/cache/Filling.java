package holdfast.client.cache;

import holdfast.model.chunk.Manifest;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Contents on their way into the cache. Who opens them as a stream reads what has come, and has
 * brought first what it waits for; everybody else waits for the end.
 */
final class Filling {
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private @Nullable Stream stream;
    private long[] starts = {}; // of its pieces, and its end
    private int users;
    private int wanted = -1;
    private @Nullable Release atLast; // when all has come, or none will
    private @Nullable FailureException failure;

    /** What a stream's readers need to know. */
    private record Stream(OpenObject object, PieceMap map, Deadline deadline) {}

    /** What becomes of the object in the end. */
    @FunctionalInterface
    interface Release {
        void release(OpenObject object) throws IOException;
    }

    /** Completed when all has come, or it failed. */
    CompletableFuture<Void> end() {
        return end;
    }

    /** The offsets of the pieces, and that of the end. */
    static long[] starts(Manifest manifest) {
        long[] starts = new long[manifest.pieces().size() + 1];
        for (int i = 0; i < starts.length - 1; i++) {
            starts[i + 1] = starts[i] + manifest.pieces().get(i).length();
        }
        return starts;
    }

    // ---- for who fills -------------------------------------------------------------------------

    /** From here on it can be read as it comes; the caller is its first user. */
    void streams(OpenObject object, PieceMap map, Deadline deadline) {
        lock.lock();
        try {
            stream = new Stream(object, map, deadline);
            starts = starts(map.manifest());
            users = 1;
            object.comesBy(this);
        } finally {
            lock.unlock();
        }
    }

    /** The pieces {@code first} to {@code first + count - 1} are in their places. */
    void came(PieceMap map, int first, int count) {
        lock.lock();
        try {
            map.present().set(first, first + count);
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The piece that a reader waits for. */
    OptionalInt wanted() {
        lock.lock();
        try {
            return wanted < 0 ? OptionalInt.empty() : OptionalInt.of(wanted);
        } finally {
            lock.unlock();
        }
    }

    /** All has come; when the stream has no users any more, {@code release} is called. */
    void done(OpenObject object, Release release) throws IOException {
        over(object, release, null);
    }

    /** It will not come; the same. */
    void failed(OpenObject object, FailureException why) throws IOException {
        over(object, OpenObject::drop, why);
    }

    private void over(OpenObject object, Release release, @Nullable FailureException why)
            throws IOException {
        boolean unused;
        lock.lock();
        try {
            failure = why;
            atLast = release;
            unused = users == 0;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
        if (unused) {
            release.release(object);
        }
    }

    // ---- for who reads -------------------------------------------------------------------------

    /** One more user of the stream; null when it is none, or failed. */
    @Nullable
    OpenObject join() {
        lock.lock();
        try {
            Stream joined = stream;
            if (joined == null || atLast != null) {
                return null;
            }
            users++;
            return joined.object();
        } finally {
            lock.unlock();
        }
    }

    /** One user less. */
    void leave(OpenObject object) throws IOException {
        Release release;
        lock.lock();
        try {
            boolean last = --users == 0;
            release = last ? atLast : null; // null, too, while it is coming: its end sees to it
        } finally {
            lock.unlock();
        }
        if (release != null) {
            release.release(object);
        }
    }

    /**
     * Waits until the bytes from {@code offset} on are here, as far as there are any. Interrupting
     * ends it with CANCELLED.
     */
    void await(long offset, long length) {
        lock.lock();
        try {
            Stream coming = stream;
            if (coming == null) {
                return;
            }
            int piece = pieceAt(offset);
            long until = Math.min(offset + length, coming.object().size());
            while (missing(coming, piece, until)) {
                if (failure != null) {
                    throw again(failure);
                }
                if (coming.deadline().leftNanos() < -LOOK_NANOS) {
                    throw FailureException.of(
                            FailureCode.TIMED_OUT, "fetching did not end in time");
                }
                wanted = coming.map().missingFrom(piece);
                boolean _ = moved.awaitNanos(LOOK_NANOS) > 0;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted");
        } finally {
            wanted = -1;
            lock.unlock();
        }
    }

    private int pieceAt(long offset) {
        int at = Arrays.binarySearch(starts, offset);
        return at >= 0 ? at : -at - 2;
    }

    private boolean missing(Stream coming, int piece, long until) {
        int next = coming.map().missingFrom(piece);
        return next < starts.length - 1 && starts[next] < until;
    }

    /** Each reader gets an exception of its own. */
    private static FailureException again(FailureException why) {
        Failure same = why.failure();
        return new FailureException(same, why);
    }
}
