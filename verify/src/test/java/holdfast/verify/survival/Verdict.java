package holdfast.verify.survival;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Judges a history. A file is a register whose versions count: each version has one contents, each
 * store makes the version after the one it found, and whatever begins after a store was
 * acknowledged sees that version or a later one.
 */
final class Verdict {
    private final List<String> wrong = new ArrayList<>();

    private Verdict() {}

    /** All that is wrong. */
    static List<String> of(List<Act> history) {
        Verdict verdict = new Verdict();
        history.stream().collect(Collectors.groupingBy(Act::path)).values().forEach(verdict::file);
        return List.copyOf(verdict.wrong);
    }

    private void file(List<Act> acts) {
        oneContentsEach(acts);
        storesFollow(acts);
        nothingIsStale(acts);
        nothingOfTheFuture(acts);
    }

    private void oneContentsEach(List<Act> acts) {
        Map<Long, String> contents = new HashMap<>();
        for (Act act : acts) {
            act.base().ifPresent(seen -> contents(contents, seen.version(), seen.text(), act));
            if (act.done()) {
                contents(contents, act.version(), act.text(), act);
            }
        }
    }

    private void contents(Map<Long, String> known, long version, String text, Act act) {
        String before = known.putIfAbsent(version, text);
        if (before != null && !before.equals(text)) {
            wrong.add("version " + version + " is both " + before + " and " + text + ": " + act);
        }
    }

    private void storesFollow(List<Act> acts) {
        for (Act act : acts) {
            if (act.done()
                    && act.base().filter(b -> b.version() + 1 != act.version()).isPresent()) {
                wrong.add("a store skipped a version: " + act);
            }
        }
    }

    private void nothingIsStale(List<Act> acts) {
        TreeMap<Long, Act> acknowledged = new TreeMap<>();
        acts.stream()
                .filter(act -> act.done() && act.stores())
                .sorted((a, b) -> Long.compare(a.ended(), b.ended()))
                .forEach(act -> {
                    Map.Entry<Long, Act> last = acknowledged.lastEntry();
                    if (last == null || last.getValue().version() < act.version()) {
                        acknowledged.put(act.ended(), act);
                    }
                });
        for (Act act : acts) {
            Map.Entry<Long, Act> before = acknowledged.lowerEntry(act.begun());
            if (before == null) {
                continue;
            }
            long least = before.getValue().version();
            if (act.kind() == Act.Kind.READ && act.done() && act.version() < least) {
                wrong.add("stale: " + act + " after " + before.getValue());
            }
            if (act.base().filter(seen -> seen.version() < least).isPresent()) {
                wrong.add("a writer found an old version: " + act + " after " + before.getValue());
            }
            if (act.done() && act.stores() && act.version() <= least) {
                wrong.add("an acknowledged store was lost: " + act + " after " + before.getValue());
            }
        }
    }

    /** Nothing shows what nobody had begun to write. */
    private void nothingOfTheFuture(List<Act> acts) {
        Map<String, Long> begun = new HashMap<>();
        acts.stream().filter(Act::stores).forEach(act -> begun.put(act.text(), act.begun()));
        for (Act act : acts) {
            Long written = begun.get(act.text());
            if (act.kind() == Act.Kind.READ
                    && act.done()
                    && (written == null ? act.version() > 1 : written > act.ended())) {
                wrong.add("nobody wrote what was read: " + act);
            }
        }
    }
}
