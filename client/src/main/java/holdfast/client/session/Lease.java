package holdfast.client.session;

import holdfast.client.session.Environment.Moment;
import holdfast.model.time.Ticker;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Time for which this client may rely on what a server keeps for it, by its own clock (rule 2): 0.9
 * of what was granted, counted from before it was asked for, and over at once when the wall clock
 * jumps against the ticker (a machine that stood still as a whole).
 *
 * <p>Each unbroken span has a generation. A span that has run out is never revived: a later grant
 * starts a new generation, and nothing kept under the old one counts any more.
 */
public final class Lease {
    private static final long JUMP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final Span NONE = new Span(0, 0, 0, 0);

    private record Span(long generation, long term, long untilNanos, long wallOffsetNanos) {}

    private final Ticker ticker;
    private final Clock wallClock;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Span span = NONE;
    private long generations;
    private long highestTerm;

    Lease(Environment environment) {
        this.ticker = environment.ticker();
        this.wallClock = environment.wallClock();
    }

    /** The generation that holds now, 0 when there is none. */
    public long generation() {
        Span now = span;
        return alive(now) ? now.generation : 0;
    }

    /**
     * The generation as last granted, whether or not it still holds: cheap, for a caller that asks
     * {@link #holds} once at the end.
     */
    public long peek() {
        return span.generation;
    }

    /** Whether what was taken under {@code generation} may still be used. */
    public boolean holds(long generation) {
        Span now = span;
        return generation != 0 && now.generation == generation && alive(now);
    }

    /** How much longer {@code generation} holds if it is not renewed; zero when it doesn't. */
    public Duration left(long generation) {
        Span now = span;
        return generation != 0 && now.generation == generation && alive(now)
                ? Duration.ofNanos(Math.max(0, now.untilNanos - ticker.nanos()))
                : Duration.ZERO;
    }

    /** The term that granted {@code generation}; 0 when that is over. */
    public long termOf(long generation) {
        Span now = span;
        return now.generation == generation ? now.term : 0;
    }

    private boolean alive(Span now) {
        if (now.generation == 0) {
            return false;
        }
        long nanos = ticker.nanos();
        if (now.untilNanos - nanos <= 0) {
            return false;
        }
        long drift = wallOffset(wallClock.millis(), nanos) - now.wallOffsetNanos;
        if (Math.abs(drift) > JUMP_NANOS) {
            endIf(now);
            return false;
        }
        return true;
    }

    private static long wallOffset(long wallMillis, long nanos) {
        return TimeUnit.MILLISECONDS.toNanos(wallMillis) - nanos;
    }

    private void endIf(Span seen) {
        lock.lock();
        try {
            if (span.generation == seen.generation) {
                span = NONE;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * A renewal asked for at {@code asked} was granted for {@code full} by the leader of
     * {@code term}. Returns the generation it holds for, 0 when the grant is worth nothing.
     */
    long granted(long term, Moment asked, Duration full) {
        lock.lock();
        try {
            if (term < highestTerm) {
                return 0;
            }
            highestTerm = term;
            Span now = span;
            boolean goesOn = alive(now) && now.term == term;
            long until = asked.nanos() + full.toNanos() / 10 * 9;
            if (goesOn && now.untilNanos - until > 0) {
                return now.generation;
            }
            long offset = wallOffset(asked.wallMillis(), asked.nanos());
            Span next = new Span(goesOn ? now.generation : ++generations, term, until, offset);
            span = next;
            return alive(next) ? next.generation : 0;
        } finally {
            lock.unlock();
        }
    }

    /** Notes a term seen in an answer; a newer one ends the lease. Returns whether it was newer. */
    boolean sawTerm(long term) {
        if (term <= highestTermSeen()) {
            return false;
        }
        lock.lock();
        try {
            if (term <= highestTerm) {
                return false;
            }
            boolean first = highestTerm == 0;
            highestTerm = term;
            if (span.term != term) {
                span = NONE;
            }
            return !first;
        } finally {
            lock.unlock();
        }
    }

    private long highestTermSeen() {
        lock.lock();
        try {
            return highestTerm;
        } finally {
            lock.unlock();
        }
    }

    /** Ends it. */
    void end() {
        lock.lock();
        try {
            span = NONE;
        } finally {
            lock.unlock();
        }
    }
}
