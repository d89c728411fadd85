package holdfast.verify.simulation;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What clients do and what goes wrong meanwhile.
 *
 * @param about what its kind is called
 */
record Program(String about, Conditions conditions, List<List<Step>> clients, List<Fault> faults) {
    private static final Set<Fault.Kind> LINGERING = EnumSet.of(
            Fault.Kind.SLOW_CLIENT,
            Fault.Kind.SLOW_SERVER,
            Fault.Kind.FREEZE_CLIENT,
            Fault.Kind.FREEZE_SERVER);

    /** The clients that nothing happens to, in a run in which nothing happens to a server. */
    Set<Integer> sheltered() {
        Set<Integer> sheltered = new HashSet<>();
        if (conditions.isEasy()
                && faults.stream().allMatch(fault -> fault.kind().isOfClient())) {
            for (int i = 0; i <= clients.size(); i++) {
                sheltered.add(i);
            }
            faults.forEach(fault -> sheltered.remove(1 + fault.machine() % clients.size()));
        }
        return sheltered;
    }

    /** Whether nothing that a fault brought about outlasts it. */
    boolean isCalmAfterwards() {
        return conditions.isEasy()
                && faults.stream().noneMatch(fault -> LINGERING.contains(fault.kind()));
    }

    /** How many parts it has that can be left out. */
    int parts() {
        return faults.size() + clients.stream().mapToInt(List::size).sum();
    }

    /** The same without the parts from {@code from} to {@code to}; faults come first. */
    Program without(int from, int to) {
        List<Fault> keptFaults = new ArrayList<>();
        List<List<Step>> keptClients = new ArrayList<>();
        int at = 0;
        for (Fault fault : faults) {
            if (at < from || at >= to) {
                keptFaults.add(fault);
            }
            at++;
        }
        for (List<Step> steps : clients) {
            List<Step> kept = new ArrayList<>();
            for (Step step : steps) {
                if (at < from || at >= to) {
                    kept.add(step);
                }
                at++;
            }
            keptClients.add(kept);
        }
        return new Program(about, conditions, keptClients, keptFaults);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(about + ": " + conditions + "\n");
        for (int i = 0; i < clients.size(); i++) {
            text.append("client ").append(i).append('\n');
            clients.get(i).forEach(step -> text.append("  ").append(step).append('\n'));
        }
        faults.forEach(fault -> text.append(fault).append('\n'));
        return text.toString();
    }
}
