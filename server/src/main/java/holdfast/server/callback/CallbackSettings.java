package holdfast.server.callback;

import java.time.Duration;

/**
 * Times and bounds of promises.
 *
 * @param lease for which a client's promises hold without contact; a group whose lease is made
 *     shorter must stand still for the longer one first
 * @param patience after which a break not acknowledged keeps the lease from being extended (2a)
 * @param promisesMax on how many vnodes clients together are promised something; beyond it the
 *     oldest promises are broken
 * @param openMax how many breaks one client may leave unacknowledged before it starts anew
 * @param quietMax how many vnodes are remembered as changed lately
 */
public record CallbackSettings(
        Duration lease, Duration patience, int promisesMax, int openMax, int quietMax) {
    /** Ten seconds, one second, 1,000,000 promises (some 200 MB), 1,024 breaks, 65,536 vnodes. */
    public static final CallbackSettings STANDARD = new CallbackSettings(
            Duration.ofSeconds(10), Duration.ofSeconds(1), 1_000_000, 1_024, 65_536);

    public CallbackSettings {
        if (lease.isNegative() || lease.isZero() || lease.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("a client lease of " + lease);
        }
        if (patience.isNegative() || patience.compareTo(lease) > 0) {
            throw new IllegalArgumentException("a patience of " + patience);
        }
        if (promisesMax < 1 || openMax < 1 || quietMax < 1) {
            throw new IllegalArgumentException("bounds of 1 at least");
        }
    }

    /** The same with another lease, and no more patience than that. */
    public CallbackSettings withLease(Duration other) {
        Duration least = patience.compareTo(other) > 0 ? other : patience;
        return new CallbackSettings(other, least, promisesMax, openMax, quietMax);
    }
}
