package holdfast.verify.simulation;

import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.verify.simulation.Truth.View;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;

/**
 * Which states of a fact a step could rightly see: from the last change of it that had been
 * answered when the step began, to the last that was committed when it ended (rule 1). Each fact
 * has its own window: a change that was not answered yet binds nobody, whatever was answered since.
 */
final class Windows {
    private final List<Event> events;
    private final Truth truth;

    Windows(List<Event> events, Truth truth) {
        this.events = events;
        this.truth = truth;
    }

    /** All that the fact was within a window; empty optionals where it did not exist. */
    <F> List<Optional<F>> states(long begun, long ended, Function<View, Optional<F>> fact) {
        List<Optional<F>> states = new ArrayList<>();
        int most = truth.committedBy(ended);
        for (int at = least(begun, fact); at <= most; at++) {
            states.add(fact.apply(truth.after(at)));
        }
        return states;
    }

    private <F> int least(long begun, Function<View, Optional<F>> fact) {
        return events.stream()
                        .filter(event -> event.done() && event.ended <= begun)
                        .flatMap(event -> event.requests.stream())
                        .flatMap(request -> truth.done(request).stream())
                        .mapToInt(Truth.Done::index)
                        .filter(index -> !Objects.equals(
                                fact.apply(truth.after(index)), fact.apply(truth.after(index + 1))))
                        .max()
                        .orElse(-1)
                + 1;
    }

    /** Whether the path may have led to such a vnode; 0 stands for nothing. */
    boolean leads(String path, long begun, long ended, LongPredicate wanted) {
        Set<Long> now = new HashSet<>();
        states(begun, ended, view -> Optional.of(view.root()))
                .forEach(root -> now.add(root.orElse(0L)));
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
        states(
                        begun,
                        ended,
                        view -> Optional.ofNullable(view.entries().get(folder))
                                .map(names -> names.get(name)))
                .forEach(child -> found.add(child.orElse(0L)));
        return found;
    }
}
