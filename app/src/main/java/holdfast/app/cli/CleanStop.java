package holdfast.app.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C once stops cleanly: the command's thread is interrupted and gets a moment to clean up. */
final class CleanStop {
    private static final Duration MOMENT = Duration.ofSeconds(10);
    private static volatile Duration patience = MOMENT;

    private final CountDownLatch done = new CountDownLatch(1);

    private CleanStop() {}

    /** Interrupts {@code worker} when the process is asked to end. */
    static CleanStop onInterrupt(Thread worker) {
        CleanStop stop = new CleanStop();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop.end(worker), "clean-stop"));
        return stop;
    }

    private void end(Thread worker) {
        if (done.getCount() == 0) {
            return;
        }
        worker.interrupt();
        try {
            if (!done.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("holdfast: stopped without cleaning up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Cleaning up may take as long as {@code time}, from now on. */
    static void mayTake(Duration time) {
        patience = time;
    }

    /** The command is over. */
    void finished() {
        done.countDown();
    }
}
