package holdfast.client.files;

import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;

import java.time.Duration;

/**
 * How long things may take.
 *
 * @param timeout of a call that names none
 */
record Times(Duration timeout, Ticker ticker) {
    /** A transfer slower than this has failed. */
    private static final long BYTES_PER_SECOND_MIN = 1 << 20;

    Deadline call() {
        return Deadline.in(timeout, ticker);
    }

    Deadline within(Duration limit) {
        return Deadline.in(limit, ticker);
    }

    /** For a call that moves {@code bytes}. */
    Deadline moving(long bytes) {
        return moving(bytes, timeout);
    }

    Deadline moving(long bytes, Duration limit) {
        return Deadline.in(limit.plusSeconds(bytes / BYTES_PER_SECOND_MIN), ticker);
    }
}
