package holdfast.server.files;

import holdfast.model.time.Ticker;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Versions that readers are fetching: collections leave them for a while (rule 6b). */
final class Holds {
    private static final int HELD_MAX = 1_000_000;

    private final Map<Version, Long> untilNanos = new ConcurrentHashMap<>();
    private final Duration length;
    private final Ticker ticker;

    Holds(Duration length, Ticker ticker) {
        this.length = length;
        this.ticker = ticker;
    }

    private record Version(long file, long version) {}

    void hold(long file, long version) {
        if (untilNanos.size() < HELD_MAX) {
            untilNanos.put(new Version(file, version), ticker.nanos() + length.toNanos());
        }
    }

    boolean held(long file, long version) {
        Long until = untilNanos.get(new Version(file, version));
        return until != null && until - ticker.nanos() > 0;
    }

    /** Forgets holds that have run out. */
    void expire() {
        untilNanos.values().removeIf(until -> until - ticker.nanos() <= 0);
    }
}
