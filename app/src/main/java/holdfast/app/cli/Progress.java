package holdfast.app.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Progress of many files on standard error, only on a terminal, a few times a second. Safe for many
 * threads.
 */
final class Progress implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(200);
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream err;
    private final boolean shown;
    private final String verb;
    private final long startNanos = System.nanoTime();
    private final AtomicLong nextNanos =
            new AtomicLong(startNanos + Duration.ofSeconds(1).toNanos());
    private final AtomicLong files = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    Progress(PrintStream err, String verb, boolean terminal) {
        this.err = err;
        this.verb = verb;
        this.shown = terminal;
    }

    /** {@code more} bytes were moved. */
    void bytes(long more) {
        bytes.addAndGet(more);
        show();
    }

    /** One more file is done. */
    void file() {
        files.incrementAndGet();
        show();
    }

    long files() {
        return files.get();
    }

    long bytes() {
        return bytes.get();
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private void show() {
        long now = System.nanoTime();
        long next = nextNanos.get();
        if (shown && now - next >= 0 && nextNanos.compareAndSet(next, now + EVERY.toNanos())) {
            err.print(CLEAR + text());
            err.flush();
        }
    }

    /** {@code put 120 files, 4.0 MiB in 1.2 s (3.3 MiB/s)}. */
    String text() {
        double seconds = Math.max(elapsed().toNanos() / 1e9, 1e-3);
        return "%s %s, %s in %s (%s/s)"
                .formatted(
                        verb,
                        People.count(files.get(), "file"),
                        People.size(bytes.get()),
                        People.duration(elapsed()),
                        People.size((long) (bytes.get() / seconds)));
    }

    @Override
    public void close() {
        if (shown && elapsed().compareTo(Duration.ofSeconds(1)) > 0) {
            err.print(CLEAR);
            err.flush();
        }
    }
}
