package holdfast.model.time;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The moment at which a caller stops waiting. Travels between machines only as time left.
 *
 * @param ticker the clock that it is measured by
 * @param atNanos the moment, on that clock
 */
public record Deadline(Ticker ticker, long atNanos) {
    /** The longest wait there is; nothing blocks for ever (rule 12). */
    public static final Duration LONGEST = Duration.ofDays(7);

    /** {@code left} from now, {@link #LONGEST} at most. */
    public static Deadline in(Duration left, Ticker ticker) {
        Duration bounded = left.compareTo(LONGEST) > 0 ? LONGEST : left;
        return new Deadline(ticker, ticker.nanos() + bounded.toNanos());
    }

    /** Nanoseconds left; zero or negative when it has passed. */
    public long leftNanos() {
        return atNanos - ticker.nanos();
    }

    /** Milliseconds left, rounded up; 0 when it has passed. */
    public long leftMillis() {
        long nanos = leftNanos();
        return nanos <= 0 ? 0 : Math.ceilDiv(nanos, TimeUnit.MILLISECONDS.toNanos(1));
    }

    /** Whether it has passed. */
    public boolean passed() {
        return leftNanos() <= 0;
    }

    /** The earlier of this and {@code left} from now. */
    public Deadline atMost(Duration left) {
        Deadline other = in(left, ticker);
        return other.atNanos - atNanos < 0 ? other : this;
    }

    /** Throws TIMED_OUT when it has passed; {@code what} says what did not end in time. */
    public void check(String what) {
        if (passed()) {
            throw FailureException.of(FailureCode.TIMED_OUT, what + " did not end in time");
        }
    }
}
