package holdfast.verify.simulation;

import holdfast.client.files.Beliefs;
import holdfast.model.failure.FailureCode;
import holdfast.testkit.simulation.Host;
import holdfast.verify.simulation.Event.Outcome;
import holdfast.verify.simulation.Truth.Change;
import holdfast.verify.simulation.Truth.Fact;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Checks, whenever a step has ended, what each client would use unasked (rule 1): every fact must
 * be one that was true since the last change of it was answered. A client itself must know more:
 * what it changed without learning the outcome (1d).
 */
final class Promises {
    private final Truth truth;
    private final List<ClientNode> clients;
    private final Set<Integer> answered = new HashSet<>();
    private final Map<Integer, Set<Integer>> own = new HashMap<>();

    Promises(Truth truth, List<ClientNode> clients) {
        this.truth = truth;
        this.clients = clients;
    }

    /** A step has ended just now. */
    void ended(Event event) {
        boolean unknown = event.failure == FailureCode.INDETERMINATE
                || event.failure == FailureCode.CANCELLED;
        if (event.outcome == Outcome.DONE || unknown) {
            Set<Integer> bound = unknown
                    ? own.computeIfAbsent(event.client, client -> new HashSet<>())
                    : answered;
            event.requests.stream()
                    .flatMap(request -> truth.done(request).stream())
                    .forEach(done -> bound.add(done.index()));
        }
    }

    /** What is believed wrongly. */
    Optional<String> check() {
        return clients.stream()
                .filter(client -> client.process().isPresent())
                .flatMap(client -> client.connection().stream()
                        .map(cell -> {
                            Host host = client.host();
                            return Beliefs.of(cell, host.nanos(), host.wallMillis());
                        })
                        .map(beliefs -> check(beliefs, knownTo(client)))
                        .flatMap(Optional::stream)
                        .map(what -> "client " + client.number() + " would use " + what))
                .findFirst();
    }

    private Predicate<Change<?>> knownTo(ClientNode client) {
        Set<Integer> more = own.getOrDefault(client.number(), Collections.emptySet());
        return change -> answered.contains(change.index()) || more.contains(change.index());
    }

    private Optional<String> check(Beliefs beliefs, Predicate<Change<?>> known) {
        return beliefs.vnodes().stream()
                .map(vnode -> vnode(vnode, known))
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> beliefs.names().stream()
                        .map(bound -> name(bound.folder(), bound.name(), bound.file(), known))
                        .flatMap(Optional::stream)
                        .findFirst())
                .or(() -> beliefs.lists().stream()
                        .map(list -> list(list, known))
                        .flatMap(Optional::stream)
                        .findFirst());
    }

    private Optional<String> vnode(Attributes believed, Predicate<Change<?>> known) {
        Fact<Attributes> fact = Fact.node(believed.getFile());
        boolean right =
                was(fact, known, node -> node.filter(n -> isThat(n, believed)).isPresent());
        return right
                ? Optional.empty()
                : Optional.of(text(believed) + " of vnode " + believed.getFile() + ", which is "
                        + truth.after(truth.commands(), fact)
                                .map(Promises::text)
                                .orElse("gone"));
    }

    private static String text(Attributes node) {
        return "version " + node.getDataVersion() + ", change " + node.getChangeNumber();
    }

    private static boolean isThat(Attributes node, Attributes believed) {
        return node.getMode() == believed.getMode()
                && node.getDataVersion() == believed.getDataVersion()
                && (node.getType() == FileType.FOLDER
                        || node.getChangeNumber() == believed.getChangeNumber());
    }

    private Optional<String> name(
            long folder, String name, long believed, Predicate<Change<?>> known) {
        boolean right = was(Fact.name(folder, name), known, file -> file.orElse(0L) == believed);
        return right
                ? Optional.empty()
                : Optional.of("that " + name + " in directory " + folder + " is " + believed);
    }

    private Optional<String> list(Beliefs.Complete list, Predicate<Change<?>> known) {
        return truth
                .after(truth.commands(), Fact.entries(list.folder()))
                .map(Map::keySet)
                .orElse(Set.of())
                .stream()
                .filter(list::lacks)
                .map(name -> name(list.folder(), name, 0, known))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Whether the fact was so since its last known change. */
    private <F> boolean was(
            Fact<F> fact, Predicate<Change<?>> known, Predicate<Optional<F>> right) {
        for (Change<F> change : truth.changes(fact).reversed()) {
            if (right.test(change.to())) {
                return true;
            }
            if (known.test(change)) {
                return false;
            }
        }
        return right.test(Optional.empty());
    }
}
