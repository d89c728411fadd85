package holdfast.verify.survival;

import holdfast.verify.simulation.Event;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** For how long no writer got on, by kinds of faults. */
final class Pauses {
    private final List<Fault> faults = new ArrayList<>();

    private record Fault(String kind, long begun, long over) {}

    /** There was a fault, and at {@code over} all had got on after it. */
    void note(String kind, long begun, long over) {
        faults.add(new Fault(kind, begun, over));
    }

    /** Which kinds there were. */
    Set<String> kinds() {
        return faults.stream().map(Fault::kind).collect(Collectors.toSet());
    }

    /** A line for each kind. */
    List<String> report(List<Event> events) {
        long[] moments = events.stream()
                .filter(event -> event.done() && event.step.kind().writes())
                .mapToLong(event -> event.ended)
                .sorted()
                .toArray();
        Map<String, List<Long>> longest = new TreeMap<>();
        for (Fault fault : faults) {
            longest.computeIfAbsent(fault.kind, kind -> new ArrayList<>())
                    .add(longest(moments, fault));
        }
        List<String> lines = new ArrayList<>();
        longest.forEach((kind, pauses) -> {
            List<Long> sorted = pauses.stream().sorted().toList();
            lines.add("%-24s %3d, no writer got on for %5.2f s (median), %5.2f s (worst)"
                    .formatted(
                            kind,
                            sorted.size(),
                            sorted.get(sorted.size() / 2) / 1e9,
                            sorted.getLast() / 1e9));
        });
        return lines;
    }

    /** The longest time between two successes of which the fault saw a part. */
    private static long longest(long[] moments, Fault fault) {
        int at = Arrays.binarySearch(moments, fault.begun);
        int next = at < 0 ? -at - 1 : at;
        long before = next == 0 ? fault.begun : moments[next - 1];
        long longest = 0;
        while (next < moments.length && before < fault.over) {
            longest = Math.max(longest, moments[next] - before);
            before = moments[next];
            next++;
        }
        return longest;
    }
}
