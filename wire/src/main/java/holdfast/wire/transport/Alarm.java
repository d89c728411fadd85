package holdfast.wire.transport;

import holdfast.model.time.Ticker;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs an action when a moment comes before {@link #clear}. Made for moments that are set for every
 * call and hardly ever come: setting a later one than the timer already waits for costs one
 * volatile write, because the timer looks again when it wakes up and waits on. So a connection with
 * 10,000 calls a second and deadlines of 10 s uses the timer once in 10 s.
 *
 * <p>The action runs on the timer's thread and must not block. Setting and clearing belongs to one
 * thread at a time.
 */
final class Alarm {
    private static final ScheduledExecutorService TIMER =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("holdfast-alarm").daemon().factory());

    /** So that a closed connection is not remembered for a deadline of days. */
    private static final long SLEEP_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

    private static final long OFF = Long.MIN_VALUE;
    private static final long RANG = Long.MIN_VALUE + 1;

    private final Ticker ticker;
    private final Runnable action;
    private final AtomicLong at = new AtomicLong(OFF);

    /** When the timer looks next; OFF when it does not. */
    private final AtomicLong wakes = new AtomicLong(OFF);

    Alarm(Ticker ticker, Runnable action) {
        this.ticker = ticker;
        this.action = action;
    }

    /** Rings in {@code nanos}, unless it is set anew or cleared before. */
    void in(long nanos) {
        long moment = ticker.nanos() + nanos;
        at.set(moment);
        wakeAt(moment, nanos);
    }

    /** No longer rings. Returns false when it has rung since it was last set. */
    boolean clear() {
        return at.getAndSet(OFF) != RANG;
    }

    private void wakeAt(long target, long left) {
        long nanos = Math.clamp(left, 0, SLEEP_NANOS_MAX);
        long moment = target - left + nanos;
        while (true) {
            long planned = wakes.get();
            if (planned != OFF && planned - moment <= 0) {
                return;
            }
            if (wakes.compareAndSet(planned, moment)) {
                var _ = TIMER.schedule(() -> wake(moment), nanos, TimeUnit.NANOSECONDS);
                return;
            }
        }
    }

    private void wake(long planned) {
        if (!wakes.compareAndSet(planned, OFF)) {
            return; // an earlier moment was set meanwhile
        }
        long moment = at.get();
        if (moment == OFF || moment == RANG) {
            return;
        }
        long left = moment - ticker.nanos();
        if (left > 0) {
            wakeAt(moment, left);
        } else if (at.compareAndSet(moment, RANG)) {
            action.run();
        }
    }
}
