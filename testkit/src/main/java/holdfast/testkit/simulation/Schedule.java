package holdfast.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Virtual time and whose turn it is. Runs one thing at a time, on the thread that calls
 * {@link #step}: an event whose time has come, or else one of the pieces of work that could go on,
 * chosen by chance. When nothing can go on, time jumps to the next event.
 */
final class Schedule {
    /** What a piece of work takes at most; so time passes for who never waits, too. */
    private static final int WORK_NANOS_MAX = 20_000;

    private final SplittableRandom chance;
    private final List<Piece> ready = new ArrayList<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nanos;
    private long steps;
    private long trace = 17;

    Schedule(SplittableRandom chance) {
        this.chance = chance;
    }

    /** Work of a process that could go on. */
    private record Piece(RunningProcess process, Runnable work) {}

    /** Something that happens at a moment, unless it is cancelled before. */
    static final class Event implements Comparable<Event> {
        private final long at;
        private final long order;
        private final Runnable action;
        private boolean cancelled;

        Event(long at, long order, Runnable action) {
            this.at = at;
            this.order = order;
            this.action = action;
        }

        @Override
        public int compareTo(Event other) {
            int earlier = Long.compare(at, other.at);
            return earlier != 0 ? earlier : Long.compare(order, other.order);
        }

        void cancel() {
            cancelled = true;
        }
    }

    /** Nanoseconds since the beginning of the world. */
    long nanos() {
        return nanos;
    }

    void pass(long more) {
        nanos += more;
    }

    /** How many things have happened. */
    long steps() {
        return steps;
    }

    /** A number that tells two different runs apart. */
    long trace() {
        return trace;
    }

    void note(long fact) {
        trace = (trace ^ fact) * 0x9E3779B97F4A7C15L;
        trace ^= trace >>> 29;
    }

    /** Lets {@code action} happen in {@code delay} nanoseconds, on no process' account. */
    Event in(long delay, Runnable action) {
        Event event = new Event(nanos + Math.max(0, delay), chance.nextLong(), action);
        events.add(event);
        return event;
    }

    void ready(RunningProcess process, Runnable work) {
        ready.add(new Piece(process, work));
    }

    /** Does one thing; false when there is nothing more to do. */
    boolean step() {
        steps++;
        Event next = events.peek();
        if (next != null && (ready.isEmpty() || next.at <= nanos)) {
            events.poll();
            nanos = Math.max(nanos, next.at);
            if (!next.cancelled) {
                note(next.at);
                next.action.run();
            }
            return true;
        }
        if (ready.isEmpty()) {
            return false;
        }
        int chosen = chance.nextInt(ready.size());
        Piece piece = ready.get(chosen);
        Piece last = ready.removeLast();
        if (chosen < ready.size()) {
            ready.set(chosen, last);
        }
        nanos += chance.nextInt(WORK_NANOS_MAX);
        note(nanos);
        piece.process().perform(piece.work());
        return true;
    }
}
