package holdfast.verify.simulation;

import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.verify.simulation.Truth.Change;
import holdfast.verify.simulation.Truth.Fact;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * Which states of a fact a step could rightly see: from the last change of it that had been
 * answered when the step began, to the last that was committed when it ended (rule 1). Each fact
 * has its own window: a change that was not answered yet binds nobody, whatever was answered since.
 */
final class Windows {
    private final Truth truth;
    /** When the first step ended that this entry's change was answered to. */
    private final Map<Integer, Long> answered = new HashMap<>();

    Windows(List<Event> events, Truth truth) {
        this.truth = truth;
        events.stream()
                .filter(Event::done)
                .forEach(event -> event.requests.stream()
                        .flatMap(request -> truth.done(request).stream())
                        .forEach(done -> answered.merge(done.index(), event.ended, Math::min)));
    }

    /** All that the fact was within a window; empty optionals where it did not exist. */
    <F> List<Optional<F>> states(long begun, long ended, Fact<F> fact) {
        List<Change<F>> changes = truth.changes(fact);
        int last = Truth.changesWithin(truth.committedBy(ended), changes);
        int first = last;
        while (first > 0 && !answeredBy(begun, changes.get(first - 1))) {
            first--;
        }
        List<Optional<F>> states = new ArrayList<>();
        states.add(first == 0 ? Optional.empty() : changes.get(first - 1).to());
        changes.subList(first, last).forEach(change -> states.add(change.to()));
        return states;
    }

    private boolean answeredBy(long moment, Change<?> change) {
        Long at = answered.get(change.index());
        return at != null && at <= moment;
    }

    /** Whether the path may have led to such a vnode; 0 stands for nothing. */
    boolean leads(String path, long begun, long ended, LongPredicate wanted) {
        Set<Long> now = new HashSet<>();
        states(begun, ended, Fact.ROOT).forEach(root -> now.add(root.orElse(0L)));
        for (Name name : CellPath.parse(path).names()) {
            Set<Long> next = new HashSet<>();
            now.forEach(folder -> next.addAll(children(folder, name.toString(), begun, ended)));
            now.clear();
            now.addAll(next);
        }
        return now.stream().anyMatch(wanted::test);
    }

    private Set<Long> children(long folder, String name, long begun, long ended) {
        Set<Long> found = new HashSet<>();
        states(begun, ended, Fact.name(folder, name)).forEach(child -> found.add(child.orElse(0L)));
        return found;
    }
}
