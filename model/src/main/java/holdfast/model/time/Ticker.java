package holdfast.model.time;

/**
 * A clock that only measures: nanoseconds since some fixed moment, running on while the machine is
 * suspended (CLOCK_BOOTTIME; rule 2b). Passed in everywhere, so that tests and the simulator own
 * time.
 */
@FunctionalInterface
public interface Ticker {
    /** Nanoseconds; only differences mean anything. */
    long nanos();
}
