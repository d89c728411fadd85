package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.lock.FencingToken;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/** A step in the history: when it ran, what it saw, how it ended. */
final class Event {
    static final long NEVER = Long.MAX_VALUE;

    /** How it ended. */
    enum Outcome {
        /** The client was killed. */
        NONE,
        DONE,
        FAILED
    }

    /** A change's number, given by its client. */
    record Request(long client, long number) {}

    /** A file that was opened: which one, and what was in it, between two moments. */
    record Seen(Stat stat, ByteString bytes, long begun, long ended) {}

    final int client;
    final Step step;
    final long begun;
    final Set<Request> requests = new HashSet<>();
    final List<Seen> seen = new ArrayList<>();
    long ended = NEVER;
    Outcome outcome = Outcome.NONE;

    @Nullable
    FailureCode failure;

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
    byte @Nullable [] written;
    /** Whether a refused store was found kept for recovery; empty where none was refused. */
    @Nullable
    Boolean kept;

    Event(int client, Step step, long begun) {
        this.client = client;
        this.step = step;
        this.begun = begun;
    }

    boolean done() {
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
