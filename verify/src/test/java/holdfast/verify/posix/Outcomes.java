package holdfast.verify.posix;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the POSIX kit printed: for each call of each of its cases, what came of it.
 *
 * @param all by {@code CASE: CALL}, and {@code (2)} behind the second of the same
 */
record Outcomes(Map<String, String> all) {
    private static final String NONE = "(nothing)";

    Outcomes {
        all = new LinkedHashMap<>(all);
    }

    /** Lines such as {@code renaming: rename(a, b) = ok}. */
    static Outcomes of(String printed) {
        Map<String, String> all = new LinkedHashMap<>();
        Map<String, Integer> times = new HashMap<>();
        printed.lines().forEach(line -> {
            int at = line.lastIndexOf(" = ");
            String call = at < 0 ? line : line.substring(0, at);
            int time = times.merge(call, 1, Integer::sum);
            all.put(
                    time == 1 ? call : call + " (" + time + ")",
                    at < 0 ? "" : line.substring(at + 3));
        });
        return new Outcomes(all);
    }

    /** All in which another file system differs from this one, in the order of the kit. */
    List<Difference> differences(Outcomes others) {
        Set<String> calls = new LinkedHashSet<>(all.keySet());
        calls.addAll(others.all.keySet());
        List<Difference> found = new ArrayList<>();
        for (String call : calls) {
            String here = all.getOrDefault(call, NONE);
            String there = others.all.getOrDefault(call, NONE);
            if (!here.equals(there)) {
                found.add(new Difference(call, here, there));
            }
        }
        return found;
    }
}
