package holdfast.server.callback;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which vnodes are being changed, and which were lately. A change is under way from its arrival to
 * its answer; the table counts both, so that whoever takes a stamp, reads, and finds that no change
 * of what it read was under way since, has read what is current (rule 1b). A plain table, without
 * threads.
 *
 * <p>Vnodes without a change under way are remembered up to a bound. The stamps of before the
 * oldest one forgotten are worth nothing any more.
 */
final class Marks {
    private final int idleMax;
    private final Map<Long, Mark> marks = new HashMap<>();
    private final LinkedHashMap<Long, Mark> idle = new LinkedHashMap<>();
    private final Set<Arrival> underWay = new LinkedHashSet<>();
    private long moves;
    private long forgotten;

    /** Remembers at most {@code idleMax} vnodes without a change under way. */
    Marks(int idleMax) {
        this.idleMax = idleMax;
    }

    /** A change that has arrived. */
    static final class Arrival {
        private final long client;
        private final List<Scope> scopes;
        private final long number;

        private Arrival(long client, List<Scope> scopes, long number) {
            this.client = client;
            this.scopes = scopes;
            this.number = number;
        }

        long client() {
            return client;
        }

        List<Scope> scopes() {
            return scopes;
        }
    }

    private static final class Mark {
        private final List<Arrival> underWay = new ArrayList<>(1);
        private long lastVnode;
        private long lastEntries;

        void last(Scope scope, long number) {
            lastVnode = scope.vnode() ? number : lastVnode;
            lastEntries = scope.entries() ? number : lastEntries;
        }

        long last(Scope scope) {
            return Math.max(scope.vnode() ? lastVnode : 0, scope.entries() ? lastEntries : 0);
        }
    }

    /** How often changes came and went so far: a stamp for {@link #quietSince}. */
    long stamp() {
        return moves;
    }

    /** A change of {@code client} arrives. */
    Arrival arrive(long client, List<Scope> scopes) {
        Arrival arrival = new Arrival(client, List.copyOf(scopes), ++moves);
        underWay.add(arrival);
        for (Scope scope : arrival.scopes) {
            idle.remove(scope.file());
            Mark mark = marks.computeIfAbsent(scope.file(), file -> new Mark());
            mark.underWay.add(arrival);
            mark.last(scope, arrival.number);
        }
        return arrival;
    }

    /** A change was answered. */
    void depart(Arrival arrival) {
        if (!underWay.remove(arrival)) {
            return;
        }
        moves++;
        for (Scope scope : arrival.scopes) {
            Mark mark = marks.get(scope.file());
            if (mark != null && mark.underWay.remove(arrival)) {
                mark.last(scope, moves);
                if (mark.underWay.isEmpty()) {
                    rest(scope.file(), mark);
                }
            }
        }
    }

    /** A change touched this although nobody knew beforehand: as if it came and went just now. */
    void note(Scope scope) {
        Mark mark = marks.computeIfAbsent(scope.file(), file -> new Mark());
        mark.last(scope, ++moves);
        if (mark.underWay.isEmpty()) {
            rest(scope.file(), mark);
        }
    }

    private void rest(long file, Mark mark) {
        idle.remove(file);
        idle.put(file, mark);
        if (idle.size() > idleMax) {
            Iterator<Map.Entry<Long, Mark>> oldest = idle.entrySet().iterator();
            Map.Entry<Long, Mark> gone = oldest.next();
            oldest.remove();
            marks.remove(gone.getKey());
            long last = Math.max(gone.getValue().lastVnode, gone.getValue().lastEntries);
            forgotten = Math.max(forgotten, last);
        }
    }

    /** Whether no change of it is under way, nor was since the stamp was taken. */
    boolean quietSince(Scope scope, long stamp) {
        Mark mark = marks.get(scope.file());
        boolean known = stamp >= forgotten;
        return known && (mark == null || (!isBusy(mark, scope) && mark.last(scope) <= stamp));
    }

    private static boolean isBusy(Mark mark, Scope scope) {
        return mark.underWay.stream().anyMatch(arrival -> touches(arrival, scope));
    }

    private static boolean touches(Arrival arrival, Scope scope) {
        return arrival.scopes.stream()
                .anyMatch(s -> s.file() == scope.file() && !s.and(scope).isEmpty());
    }

    /** Whether somebody else's change of it is under way. */
    boolean othersUnderWay(Scope scope, long client) {
        Mark mark = marks.get(scope.file());
        return mark != null
                && mark.underWay.stream()
                        .anyMatch(arrival -> arrival.client != client && touches(arrival, scope));
    }

    /** Whether this change is under way on it and no other was since it came. */
    boolean isLast(Scope scope, Arrival arrival) {
        Mark mark = marks.get(scope.file());
        return mark != null
                && mark.last(scope) == arrival.number
                && mark.underWay.stream()
                        .allMatch(other -> other == arrival || !touches(other, scope));
    }
}
