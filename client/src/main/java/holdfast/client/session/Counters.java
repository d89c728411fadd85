package holdfast.client.session;

import java.util.concurrent.atomic.LongAdder;

/** Counts of one connection to a cell. */
public final class Counters {
    private final LongAdder requests = new LongAdder();
    private final LongAdder breaks = new LongAdder();

    /** Requests sent to servers of any role, heartbeats and renewals not counted. */
    public long requests() {
        return requests.sum();
    }

    /** Promises broken. */
    public long breaks() {
        return breaks.sum();
    }

    void request() {
        requests.increment();
    }

    void broken(int promises) {
        breaks.add(promises);
    }
}
