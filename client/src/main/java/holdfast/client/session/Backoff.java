package holdfast.client.session;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Growing waits between attempts, with jitter, so that many clients don't come at once. */
final class Backoff {
    private static final long FIRST_MILLIS = 5;
    private static final long LONGEST_MILLIS = 500;

    private long millis = FIRST_MILLIS;

    /** How long to wait before the next attempt. */
    Duration next() {
        long wait = millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
        millis = Math.min(millis * 2, LONGEST_MILLIS);
        return Duration.ofMillis(Math.max(wait, 1));
    }
}
