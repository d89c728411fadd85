package holdfast.server.callback;

import holdfast.wire.proto.Break;
import holdfast.wire.proto.Broken;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One client as this leader's term knows it: its lease, and the breaks it has not acknowledged.
 * Guarded by the lock of {@link Callbacks}.
 */
final class ClientLine {
    /** More unacknowledged breaks than this, and the client starts anew. */
    static final int OPEN_MAX = 10_000;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Deque<Open> open = new ArrayDeque<>();
    private final Deque<Break> toSend = new ArrayDeque<>();
    private long lastBreak;
    private long handled;
    private boolean leased;
    private long leaseEndNanos;

    private record Open(long number, long sinceNanos) {}

    /** Whether its promises hold: a lease was given and has not run out. */
    boolean hasLease(long nowNanos) {
        return leased && leaseEndNanos - nowNanos > 0;
    }

    /** Queues a break; returns its number. */
    long add(long term, List<Broken> items, long nowNanos) {
        lastBreak++;
        open.add(new Open(lastBreak, nowNanos));
        toSend.add(Break.newBuilder()
                .setNumber(lastBreak)
                .setTerm(term)
                .addAllItems(items)
                .build());
        return lastBreak;
    }

    boolean overflowed() {
        return open.size() > OPEN_MAX;
    }

    /** All breaks up to {@code number} were handled. */
    void acknowledge(long number) {
        handled = Math.clamp(number, handled, lastBreak);
        while (!open.isEmpty() && open.getFirst().number <= handled) {
            open.removeFirst();
        }
    }

    boolean acknowledged(long number) {
        return handled >= number;
    }

    /** Extends the lease by {@code leaseNanos}, unless a break is open for too long (rule 2a). */
    boolean renew(long nowNanos, long leaseNanos) {
        if (!open.isEmpty() && nowNanos - open.getFirst().sinceNanos > PATIENCE_NANOS) {
            return false;
        }
        leased = true;
        leaseEndNanos = nowNanos + leaseNanos;
        return true;
    }

    /** The next break to send. */
    Break nextToSend() {
        return toSend.isEmpty() ? Break.getDefaultInstance() : toSend.removeFirst();
    }

    long lastBreak() {
        return lastBreak;
    }
}
