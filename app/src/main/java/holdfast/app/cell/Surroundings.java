package holdfast.app.cell;

import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;

import java.time.Clock;
import java.time.Duration;

/**
 * What a server gets from its machine.
 *
 * @param clock the wall clock
 * @param ticker measures leases and deadlines
 * @param release of this software
 */
public record Surroundings(Clock clock, Ticker ticker, String release) {
    private static final Duration START_MAX = Duration.ofSeconds(60);

    /** This machine's clocks. */
    public static Surroundings ofThisMachine(String release) {
        return new Surroundings(Clock.systemUTC(), BootTicker.system(), release);
    }

    /** By when a server must have started. */
    Deadline startDeadline() {
        return Deadline.in(START_MAX, ticker);
    }
}
