package holdfast.server.callback;

import holdfast.wire.proto.Broken;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which client was promised what of which vnode. A plain table: no threads, no clock, no messages.
 */
final class PromiseTable {
    private final Map<Long, Map<Long, Kinds>> byFile = new HashMap<>();
    private final Map<Long, Set<Long>> byClient = new HashMap<>();
    private final Map<Long, Integer> changing = new HashMap<>();
    private long size;

    /** What one client was promised of one vnode. */
    record Kinds(boolean vnode, boolean entries) {
        static final Kinds NONE = new Kinds(false, false);

        Kinds and(Kinds other) {
            return new Kinds(vnode || other.vnode, entries || other.entries);
        }

        Kinds without(Broken broken) {
            return new Kinds(vnode && !broken.getVnode(), entries && !broken.getEntries());
        }

        boolean touchedBy(Broken broken) {
            return (vnode && broken.getVnode()) || (entries && broken.getEntries());
        }

        boolean isNone() {
            return !vnode && !entries;
        }
    }

    /** Notes a promise; false while the vnode is being changed (rule 1b). */
    boolean note(long client, long file, Kinds kinds) {
        if (kinds.isNone() || changing.containsKey(file)) {
            return false;
        }
        Map<Long, Kinds> holders = byFile.computeIfAbsent(file, f -> new TreeMap<>());
        if (holders.put(client, holders.getOrDefault(client, Kinds.NONE).and(kinds)) == null) {
            size++;
        }
        byClient.computeIfAbsent(client, c -> new TreeSet<>()).add(file);
        return true;
    }

    /** What {@code client} was promised of {@code file}. */
    Kinds held(long client, long file) {
        return byFile.getOrDefault(file, Map.of()).getOrDefault(client, Kinds.NONE);
    }

    /** From now on, until as many ends as begins, the vnodes get no promise. */
    void beginChange(Collection<Long> files) {
        files.forEach(file -> changing.merge(file, 1, Integer::sum));
    }

    void endChange(Collection<Long> files) {
        files.forEach(file -> changing.computeIfPresent(file, (f, n) -> n == 1 ? null : n - 1));
    }

    /**
     * Takes back what {@code broken} touches from all but {@code changer}: what each client must be
     * told.
     */
    Map<Long, List<Broken>> take(List<Broken> broken, long changer) {
        Map<Long, List<Broken>> told = new LinkedHashMap<>();
        for (Broken item : broken) {
            Map<Long, Kinds> holders = byFile.getOrDefault(item.getFile(), Map.of());
            for (Map.Entry<Long, Kinds> holder : List.copyOf(holders.entrySet())) {
                if (holder.getKey() != changer && holder.getValue().touchedBy(item)) {
                    told.computeIfAbsent(holder.getKey(), c -> new ArrayList<>())
                            .add(item);
                    set(holder.getKey(), item.getFile(), holder.getValue().without(item));
                }
            }
        }
        return told;
    }

    private void set(long client, long file, Kinds kinds) {
        if (kinds.isNone()) {
            drop(client, file);
        } else {
            byFile.computeIfAbsent(file, f -> new TreeMap<>()).put(client, kinds);
        }
    }

    /** The client gave up what it was promised of {@code file}. */
    void drop(long client, long file) {
        Map<Long, Kinds> holders = byFile.get(file);
        if (holders != null && holders.remove(client) != null) {
            size--;
            if (holders.isEmpty()) {
                byFile.remove(file);
            }
            Set<Long> files = byClient.getOrDefault(client, Set.of());
            files.remove(file);
            if (files.isEmpty()) {
                byClient.remove(client);
            }
        }
    }

    /** The client holds nothing any more. */
    void dropAll(long client) {
        List.copyOf(byClient.getOrDefault(client, Set.of())).forEach(file -> drop(client, file));
    }

    /** Nobody holds anything any more; changes under way stay so. */
    void clear() {
        byFile.clear();
        byClient.clear();
        size = 0;
    }

    /** How many vnodes {@code client} was promised. */
    int count(long client) {
        return byClient.getOrDefault(client, Set.of()).size();
    }

    long size() {
        return size;
    }
}
