package holdfast.server.files;

import holdfast.model.time.Ticker;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Versions that readers are fetching: collections leave them for a while after each sign of it
 * (rule 6b). Bounded; a version that found no room may go from under its reader, who starts over.
 */
final class Holds {
    private static final int HELD_MAX = 200_000;

    private final Map<Version, Long> untilNanos = new ConcurrentHashMap<>();
    private final Duration time;
    private final Ticker ticker;

    Holds(Duration time, Ticker ticker) {
        this.time = time;
        this.ticker = ticker;
    }

    private record Version(long file, long version) {}

    Duration time() {
        return time;
    }

    void hold(long file, long version) {
        Version held = new Version(file, version);
        long until = ticker.nanos() + time.toNanos();
        if (untilNanos.size() < HELD_MAX || untilNanos.containsKey(held)) {
            untilNanos.put(held, until);
        }
    }

    boolean isHeld(long file, long version) {
        Long until = untilNanos.get(new Version(file, version));
        return until != null && until - ticker.nanos() > 0;
    }

    /** Forgets holds that have run out. */
    void expire() {
        long now = ticker.nanos();
        untilNanos.values().removeIf(until -> until - now <= 0);
    }
}
