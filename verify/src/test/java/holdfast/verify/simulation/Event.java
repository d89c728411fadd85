package holdfast.verify.simulation;

import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.lock.FencingToken;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A step in the history: when it ran, what it saw, how it ended. */
public final class Event {
    public static final long NEVER = Long.MAX_VALUE;

    /** How it ended. */
    public enum Outcome {
        /** The client was killed. */
        NONE,
        DONE,
        FAILED
    }

    /** A change's number, given by its client. */
    public record Request(long client, long number) {}

    /** A file that was opened: which one, and what was in it, between two moments. */
    public record Seen(Stat stat, Text text, long begun, long ended) {}

    public final int client;
    public final Step step;
    public final long begun;
    public final Set<Request> requests = ConcurrentHashMap.newKeySet();
    final List<Seen> seen = new ArrayList<>();
    public long ended = NEVER;
    public Outcome outcome = Outcome.NONE;

    @Nullable
    public FailureCode failure;

    @Nullable
    String message;

    @Nullable
    SortedMap<String, Long> listed;

    @Nullable
    Stat stat;
    /** Of the lock under which the file was opened for writing. */
    @Nullable
    FencingToken token;
    /** What was to be stored, once the client set out to store it. */
    @Nullable
    Text written;
    /** Whether a refused store was found kept for recovery; empty where none was refused. */
    @Nullable
    public Boolean kept;

    private final AtomicLong longestAnswer = new AtomicLong();

    public Event(int client, Step step, long begun) {
        this.client = client;
        this.step = step;
        this.begun = begun;
    }

    /** A change was answered after so long, or given up. */
    void answerTook(long nanos) {
        longestAnswer.accumulateAndGet(nanos, Math::max);
    }

    /** The longest that a change waited for its answer, in nanoseconds. */
    long longestAnswer() {
        return longestAnswer.get();
    }

    public boolean done() {
        return outcome == Outcome.DONE;
    }

    @Override
    public String toString() {
        return "client " + client + " " + step + ": " + begun / 1000 + " to "
                + (ended == NEVER ? "-" : ended / 1000) + " us " + outcome
                + (message == null ? "" : " " + message)
                + (stat == null ? "" : " " + stat.file() + " v" + stat.dataVersion())
                + (listed == null ? "" : " " + listed.keySet())
                + (seen.isEmpty()
                        ? ""
                        : " saw " + seen.getFirst().stat().file() + " v"
                                + seen.getFirst().stat().dataVersion());
    }
}
