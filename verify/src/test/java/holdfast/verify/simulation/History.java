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

    List<Event> events() {
        return events;
    }

    List<Commit> commits() {
        return commits;
    }

    /** Entry {@code index} was applied by a member. */
    void applied(int index, long term, List<ByteString> commands, List<ByteString> outcomes) {
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

    Optional<String> firstWrong() {
        return wrong.stream().findFirst();
    }
}
