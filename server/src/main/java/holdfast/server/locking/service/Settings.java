package holdfast.server.locking.service;

import java.time.Duration;

/**
 * How long things last.
 *
 * @param sessionTime without a heartbeat for this long a session ends
 * @param commitTime the longest wait for a commit of the service's own
 */
public record Settings(Duration sessionTime, Duration commitTime) {
    /** Ten seconds each. */
    public static final Settings DEFAULT =
            new Settings(Duration.ofSeconds(10), Duration.ofSeconds(10));

    public Settings {
        if (!sessionTime.isPositive() || !commitTime.isPositive()) {
            throw new IllegalArgumentException("session time " + sessionTime);
        }
    }
}
