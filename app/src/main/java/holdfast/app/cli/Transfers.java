package holdfast.app.cli;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs several transfers at once, at most as many as it was told; the first failure stops the rest.
 */
final class Transfers implements AutoCloseable {
    /** How many at once when nobody says. */
    static final int STANDARD = 16;

    private final int atOnce;
    private final Semaphore room;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicReference<@Nullable Exception> failed = new AtomicReference<>();

    Transfers(int atOnce) {
        this.atOnce = atOnce;
        this.room = new Semaphore(atOnce);
    }

    /** One transfer. */
    interface Transfer {
        void run() throws IOException;
    }

    /** Starts {@code transfer} when there is room; throws what an earlier one failed with. */
    void submit(Transfer transfer) throws IOException {
        acquire(1);
        try {
            check();
        } catch (IOException | RuntimeException e) {
            room.release();
            throw e;
        }
        threads.execute(() -> {
            try {
                transfer.run();
            } catch (IOException | RuntimeException e) {
                failed.compareAndSet(null, e);
            } finally {
                room.release();
            }
        });
    }

    /** Waits until all that were submitted are over; throws what the first failure was. */
    void await() throws IOException {
        acquire(atOnce);
        room.release(atOnce);
        check();
    }

    private void acquire(int permits) {
        try {
            room.acquire(permits);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted");
        }
    }

    private void check() throws IOException {
        switch (failed.get()) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case null, default -> {}
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
