package holdfast.server.chunk;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One sync for all who wait. A caller needs a sync that begins after it came; those that come while
 * one is under way share the next. It runs on a thread of its own, because the native call would
 * hold a virtual thread's carrier.
 */
final class SharedSync implements AutoCloseable {
    private static final Duration WAIT_MAX = Duration.ofMinutes(5);

    /** Makes everything written before durable. */
    @FunctionalInterface
    interface Sync {
        void run() throws IOException;
    }

    private final Sync sync;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition called = lock.newCondition();
    private final Thread thread;
    private CompletableFuture<Void> upcoming = new CompletableFuture<>();
    private boolean wanted;
    private boolean closed;

    SharedSync(Sync sync) {
        this.sync = sync;
        this.thread = Thread.ofPlatform().daemon().name("chunk-sync").start(this::run);
    }

    /** Asks for a sync; the future of one that begins after now. */
    CompletableFuture<Void> begin() {
        lock.lock();
        try {
            if (closed) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "the chunk store is closed");
            }
            wanted = true;
            called.signalAll();
            return upcoming;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when a sync that began after now has ended well; LOCAL_IO when it did not. */
    void await() {
        try {
            begin().get(WAIT_MAX.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw FailureException.of(
                    FailureCode.LOCAL_IO, "the file server's disk did not sync in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "waiting for the disk was cancelled");
        } catch (ExecutionException e) {
            throw new FailureException(
                    Failure.of(
                            FailureCode.LOCAL_IO,
                            "the file server's disk did not sync: " + e.getMessage()),
                    e);
        }
    }

    private void run() {
        for (var round = next(); round.isPresent(); round = next()) {
            try {
                sync.run();
                round.get().complete(null);
            } catch (IOException | RuntimeException e) {
                round.get().completeExceptionally(e);
            }
        }
    }

    /** Waits until somebody wants a sync; empty when closed. */
    private Optional<CompletableFuture<Void>> next() {
        lock.lock();
        try {
            while (!wanted && !closed) {
                called.awaitUninterruptibly();
            }
            CompletableFuture<Void> round = upcoming;
            if (closed) {
                round.completeExceptionally(new IOException("the chunk store is closed"));
                return Optional.empty();
            }
            wanted = false;
            upcoming = new CompletableFuture<>();
            return Optional.of(round);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            called.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
