package holdfast.server.locking.service;

import java.util.LinkedHashSet;
import java.util.Set;

/** A session in one leader's turn. Guarded by the turn's lock. */
final class Live {
    /** Cancellations remembered, for asks that they overtook. */
    private static final int CANCELLED_MAX = 256;

    private final Set<Long> cancelled = new LinkedHashSet<>();
    private long seenNanos;
    private boolean claimed;
    private boolean ending;

    Live(long seenNanos, boolean claimed) {
        this.seenNanos = seenNanos;
        this.claimed = claimed;
    }

    void seen(long nanos) {
        seenNanos = nanos;
    }

    boolean silentFor(long nanos, long now) {
        return now - seenNanos >= nanos;
    }

    /** Whether it has said what it held before this turn. */
    boolean claimed() {
        return claimed;
    }

    void claim() {
        claimed = true;
    }

    /** Whether its end is being committed; it never comes back. */
    boolean ending() {
        return ending;
    }

    void end() {
        ending = true;
    }

    void cancel(long request) {
        if (cancelled.size() >= CANCELLED_MAX) {
            cancelled.remove(cancelled.iterator().next());
        }
        cancelled.add(request);
    }

    boolean cancelled(long request) {
        return cancelled.contains(request);
    }
}
