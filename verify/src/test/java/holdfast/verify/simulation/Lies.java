package holdfast.verify.simulation;

import holdfast.verify.simulation.Event.Seen;
import holdfast.verify.simulation.Step.Kind;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** False histories, each made of a true one: who believes one of them sees nothing. */
public final class Lies {
    private final List<Event> events;

    private Lies(List<Event> events) {
        this.events = events;
    }

    /** Histories whose last event is not true, as many as can be made. */
    public static List<List<Event>> of(List<Event> events) {
        Lies lies = new Lies(events);
        return Stream.of(lies.lost(), lies.torn(), lies.stale())
                .flatMap(Optional::stream)
                .toList();
    }

    /** A store that was answered, but is in no log. */
    private Optional<List<Event>> lost() {
        return last(event -> event.done() && event.step.kind().writes())
                .map(event -> with(event, lie -> lie.requests.clear()));
    }

    /** A read of bytes that are not those of the version. */
    private Optional<List<Event>> torn() {
        return last(Lies::hasRead)
                .map(event -> with(
                        event, lie -> see(lie, event.seen.getFirst(), Text.first(event.step))));
    }

    /** A read of what a store had replaced that was answered before the read began. */
    private Optional<List<Event>> stale() {
        return last(Lies::hasRead).flatMap(event -> {
            long file = event.seen.getFirst().stat().file().value();
            return events.stream()
                    .filter(Lies::hasRead)
                    .map(other -> other.seen.getFirst())
                    .filter(seen -> seen.stat().file().value() == file)
                    .filter(seen -> isReplaced(seen, event.begun))
                    .findFirst()
                    .map(old -> with(event, lie -> see(lie, old, old.text())));
        });
    }

    private boolean isReplaced(Seen seen, long before) {
        return events.stream()
                .filter(event -> event.done() && event.ended < before)
                .filter(event -> event.step.kind().writes())
                .flatMap(event -> Optional.ofNullable(event.stat).stream())
                .anyMatch(stat -> stat.file().equals(seen.stat().file())
                        && stat.dataVersion() > seen.stat().dataVersion());
    }

    private static void see(Event lie, Seen what, Text text) {
        Seen own = lie.seen.removeFirst();
        lie.seen.add(new Seen(what.stat(), text, own.begun(), own.ended()));
    }

    private static boolean hasRead(Event event) {
        return event.done() && event.step.kind() == Kind.READ;
    }

    private Optional<Event> last(Predicate<Event> which) {
        return events.stream().filter(which).max((a, b) -> Long.compare(a.ended, b.ended));
    }

    private List<Event> with(Event event, Consumer<Event> change) {
        Event lie = EventLine.parse(EventLine.of(event));
        change.accept(lie);
        List<Event> all = new ArrayList<>(events);
        all.removeAll(Collections.singleton(event));
        all.add(lie);
        return all;
    }
}
