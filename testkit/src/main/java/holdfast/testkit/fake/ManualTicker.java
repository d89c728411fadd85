package holdfast.testkit.fake;

import holdfast.model.time.Ticker;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A ticker that moves only when told. Safe for many threads. */
public final class ManualTicker implements Ticker {
    private final AtomicLong nanos;

    /** Starts at an arbitrary moment, which is not zero. */
    public ManualTicker() {
        this(1_000_000_000_000L);
    }

    /** Starts at {@code nanos}. */
    public ManualTicker(long nanos) {
        this.nanos = new AtomicLong(nanos);
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    /** Lets time pass. */
    public void advance(Duration by) {
        nanos.addAndGet(by.toNanos());
    }
}
