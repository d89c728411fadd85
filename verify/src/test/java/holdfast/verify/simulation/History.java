package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import holdfast.testkit.simulation.World;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What happened in a run: events of clients, commits of the group, and faults found at once. */
public final class History {
    /** An entry of the log of files, when it was first applied anywhere. */
    public record Commit(
            long term, List<ByteString> commands, List<ByteString> outcomes, long at) {}

    private final World world;
    private final List<Event> events = new ArrayList<>();
    private final List<Commit> commits = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private final List<Event> ended = new ArrayList<>();
    private final Truth truth = new Truth();
    private int taken;

    History(World world) {
        this.world = world;
    }

    long now() {
        return world.time().toNanos();
    }

    Event begin(int client, Step step) {
        Event event = new Event(client, step, now());
        events.add(event);
        return event;
    }

    void end(Event event) {
        event.ended = now();
        ended.add(event);
    }

    /** Those that have ended, in that order. */
    List<Event> ended() {
        return ended;
    }

    /** What the log says by now. Only outside all processes: nothing may come between. */
    Truth truth() {
        for (; taken < commits.size(); taken++) {
            truth.take(commits.get(taken));
        }
        return truth;
    }

    List<Event> events() {
        return events;
    }

    /** Sees what members of a group do, whose log is this history's, or another one's. */
    LogGroup.Witness witness(boolean ofFiles) {
        return new LogGroup.Witness() {
            @Override
            public void applied(
                    int index, long term, List<ByteString> commands, List<ByteString> outcomes) {
                if (ofFiles) {
                    History.this.applied(index, term, commands, outcomes);
                }
            }

            @Override
            public void wrong(String what) {
                History.this.wrong(what);
            }
        };
    }

    private void applied(
            int index, long term, List<ByteString> commands, List<ByteString> outcomes) {
        if (index < commits.size()) {
            Commit before = commits.get(index);
            if (before.term() != term
                    || !before.commands().equals(commands)
                    || !before.outcomes().equals(outcomes)) {
                wrong("entry " + index + " was applied as two different ones");
            }
        } else if (index > commits.size()) {
            wrong("entry " + index + " was applied before entry " + commits.size());
        } else {
            commits.add(new Commit(term, commands, outcomes, now()));
        }
    }

    void wrong(String what) {
        wrong.add(what + " (at " + now() / 1000 + " us)");
    }

    boolean isWrong() {
        return !wrong.isEmpty();
    }

    Optional<String> firstWrong() {
        return wrong.stream().findFirst();
    }
}
