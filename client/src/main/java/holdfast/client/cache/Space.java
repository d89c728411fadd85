package holdfast.client.cache;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The budget. Bytes are reserved before they are written; when that makes too many, the least
 * recently used objects go, down to nine tenths of the budget, so that not each reservation scans
 * the folder. Objects that are open can't go; then the budget is overrun until they are closed,
 * since a file that somebody needs is worth more than a bound.
 */
final class Space {
    private static final long BLOCK = 4096;
    private static final Duration EVICTION_MAX = Duration.ofMinutes(1);

    private final long budget;
    private final Usage usage;
    private final Eviction eviction;
    private final OpenTable table;
    private final Ticker ticker;
    private final AtomicLong pressureSeen;

    Space(long budget, Usage usage, Eviction eviction, OpenTable table, Ticker ticker) {
        this.budget = budget;
        this.usage = usage;
        this.eviction = eviction;
        this.table = table;
        this.ticker = ticker;
        this.pressureSeen = new AtomicLong(usage.pressure());
    }

    /** The disk space that so many bytes take. */
    static long footprint(long bytes) {
        return Math.ceilDiv(bytes, BLOCK) * BLOCK;
    }

    /** Reserves {@code bytes}, evicting others when there is no room. */
    void reserve(long bytes, Deadline deadline) throws IOException {
        if (usage.reserve(bytes) > budget) {
            long goal = bytes > budget / 10 ? budget : budget - budget / 10;
            shrink(goal, deadline);
        }
    }

    /** The reserved bytes have become an object. */
    void settle(long bytes) {
        usage.settle(bytes);
    }

    /** The reserved bytes are not needed after all. */
    void cancel(long bytes) {
        usage.cancel(bytes);
    }

    /** So many bytes came in without being reserved. */
    void added(long bytes) {
        long _ = usage.reserve(bytes);
        usage.settle(bytes);
    }

    /** An object of so many bytes was taken out. */
    void removed(long bytes) {
        usage.removed(bytes);
    }

    private void shrink(long goal, Deadline deadline) throws IOException {
        try {
            if (!eviction.shrinkTo(goal, deadline)) {
                table.trim(0, 0);
                usage.press();
                boolean _ = eviction.shrinkTo(goal, deadline);
            }
        } catch (FailureException e) {
            if (e.code() != FailureCode.TIMED_OUT) {
                throw e;
            }
            // Another process is evicting: that is as good.
        }
    }

    /** The disk is full: evicts at least {@code bytes}; false when nothing could be. */
    boolean freeUp(long bytes) throws IOException {
        table.trim(0, 0);
        usage.press();
        return eviction.free(bytes, Deadline.in(EVICTION_MAX, ticker)) > 0;
    }

    /**
     * Lets go of files when another process asked for it, and shrinks when the budget is overrun.
     */
    void tend() throws IOException {
        letGoWhenAsked();
        if (usage.used() > budget) {
            shrink(budget, Deadline.in(EVICTION_MAX, ticker));
        }
    }

    /** Cheap enough for each close. */
    void letGoWhenAsked() throws IOException {
        long pressure = usage.pressure();
        if (pressureSeen.getAndSet(pressure) != pressure) {
            table.trim(0, 0);
        }
    }
}
