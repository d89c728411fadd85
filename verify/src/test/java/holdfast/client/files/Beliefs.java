package holdfast.client.files;

import holdfast.client.session.Lease;
import holdfast.model.path.Name;
import holdfast.wire.proto.Attributes;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a client would use at this moment without asking any server, for whoever checks it. Looks at
 * memory only, so that it may be called while the client's threads stand still.
 *
 * @param vnodes attributes under a vnode promise
 * @param names where a name leads to
 * @param lists directories of which all names are known
 */
public record Beliefs(List<Attributes> vnodes, List<Bound> names, List<Complete> lists) {
    private static final long JUMP_NANOS = Duration.ofMillis(250).toNanos();
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** A name in a directory leads to a vnode; to 0 when nothing has the name. */
    public record Bound(long folder, String name, long file) {}

    /** A directory holds no names but these, and perhaps those that are being changed. */
    public record Complete(long folder, Set<String> names, Predicate<Name> changing) {
        /** Whether it is believed that nothing has the name. */
        public boolean lacks(String name) {
            return !names.contains(name) && !changing.test(Name.of(name));
        }
    }

    /** What is believed by who reads these clocks. */
    public static Beliefs of(Cell cell, long nanos, long wallMillis) {
        Beliefs found = new Beliefs(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        ReplicaGroups groups = (ReplicaGroups) Inside.field(cell, "groups");
        for (ReplicaGroup group : groups.connected()) {
            long generation = generation(group.connection().lease(), nanos, wallMillis);
            Iterator<CachedVnode> all = group.vnodes().all();
            while (generation != 0 && all.hasNext()) {
                found.add(group.vnodes(), all.next(), generation);
            }
        }
        return found;
    }

    /** As {@link Lease#generation()}, without its lock. */
    private static long generation(Lease lease, long nanos, long wallMillis) {
        Object span = Inside.field(lease, "span");
        long drift = wallMillis * NANOS_PER_MILLI - nanos - part(span, "wallOffsetNanos");
        boolean alive = part(span, "untilNanos") - nanos > 0 && Math.abs(drift) <= JUMP_NANOS;
        return alive ? part(span, "generation") : 0;
    }

    private void add(VnodeCache cache, CachedVnode vnode, long generation) {
        if (vnode.state().promised() == generation) {
            vnodes.add(vnode.state().attributes());
        }
        long folder = vnode.file().value();
        for (Map.Entry<Name, CachedVnode.Binding> each : vnode.names().entrySet()) {
            CachedVnode child = each.getValue().child();
            if (child.state().promised() == generation
                    && child.state().found() == each.getValue().found()
                    && !cache.isChanging(vnode, each.getKey())) {
                names.add(
                        new Bound(folder, each.getKey().toString(), child.file().value()));
            }
        }
        CachedVnode.Entries entries = vnode.entries();
        if (entries.promised() == generation) {
            vnode.absent().stream()
                    .filter(name -> !vnode.names().containsKey(name))
                    .filter(name -> !cache.isChanging(vnode, name))
                    .forEach(name -> names.add(new Bound(folder, name.toString(), 0)));
            if (entries.complete()) {
                Set<String> known = new HashSet<>();
                vnode.names().keySet().forEach(name -> known.add(name.toString()));
                lists.add(new Complete(folder, known, name -> cache.isChanging(vnode, name)));
            }
        }
    }

    private static long part(Object span, String name) {
        try {
            Method part = span.getClass().getDeclaredMethod(name);
            part.setAccessible(true);
            return (long) part.invoke(span);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
