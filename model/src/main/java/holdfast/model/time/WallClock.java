package holdfast.model.time;

import java.time.Clock;

/** The machine's time of day. Only shown, written down, or compared with a {@link Ticker}. */
public final class WallClock {
    private WallClock() {}

    /** The one of this machine, in UTC. */
    public static Clock system() {
        return Clock.systemUTC();
    }
}
