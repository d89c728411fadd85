package holdfast.client.files;

import holdfast.client.files.CachedVnode.Binding;
import holdfast.client.files.CachedVnode.Entries;
import holdfast.client.files.CachedVnode.State;
import holdfast.client.files.Flights.Flight;
import holdfast.client.session.Lease;
import holdfast.client.session.PromiseKeeper;
import holdfast.model.id.FileId;
import holdfast.model.path.Name;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Vnode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * What this client knows of one replica group's vnodes, and which of it is promised.
 *
 * <p>A reader takes the lease's generation, reads states without a lock, believes only what was
 * promised under that generation, and asks at the end whether the lease holds. So all it read was
 * true together at the moment before it asked. Writers hold {@link #lock}, never while doing I/O; a
 * break therefore takes effect before it is acknowledged.
 *
 * <p>A name leads to a vnode as long as the <em>vnode's</em> promise is unbroken: the promise
 * covers the names under which it was found. That a name is absent, or that a list is complete,
 * rests on the directory's entries promise. After a new lease began, a promise taken again at an
 * unchanged change number revives what was known under it.
 */
final class VnodeCache implements PromiseKeeper {
    private static final int ABSENT_NAMES_MAX = 256;

    private final int vnodesMax;
    private final ReentrantLock lock = new ReentrantLock();
    private final ConcurrentHashMap<Long, CachedVnode> vnodes = new ConcurrentHashMap<>();
    private final Flights flights = new Flights();
    private final List<LongConsumer> watchers = new CopyOnWriteArrayList<>();
    private Iterator<CachedVnode> hand = vnodes.values().iterator();
    private @Nullable Lease lease;
    private Consumer<Long> onLease = generation -> {};

    VnodeCache(int vnodesMax) {
        this.vnodesMax = vnodesMax;
    }

    /** Called once, before anything else: whose lease this rests on. */
    void restsOn(Lease of, Consumer<Long> whenLeaseBegan) {
        lease = of;
        onLease = whenLeaseBegan;
    }

    private Lease lease() {
        Lease mine = lease;
        if (mine == null) {
            throw new IllegalStateException("not yet connected");
        }
        return mine;
    }

    // ---- reading -------------------------------------------------------------------------------

    /** The generation to read under; ask {@link #holds} when done. */
    long peek() {
        return lease().peek();
    }

    /** Whether everything read under {@code generation} until now was true. */
    boolean holds(long generation) {
        return lease().holds(generation);
    }

    /** What is known of {@code file}. */
    Optional<CachedVnode> get(FileId file) {
        return Optional.ofNullable(vnodes.get(file.value()));
    }

    /** The vnode that {@code name} leads to, if that is known for sure under {@code generation}. */
    @Nullable
    CachedVnode child(CachedVnode directory, Name name, long generation) {
        Binding binding = directory.names().get(name);
        if (binding == null) {
            return null;
        }
        State seen = binding.child().state();
        if (seen.promised() != generation || seen.found() != binding.found()) {
            return null;
        }
        binding.child().touch();
        return binding.child();
    }

    /** Whether {@code name} is known for sure to be absent under {@code generation}. */
    boolean absent(CachedVnode directory, Name name, long generation) {
        Entries seen = directory.entries();
        if (seen.promised() != generation || directory.names().containsKey(name)) {
            return false;
        }
        boolean known = seen.complete() || knownAbsent(directory, name);
        return known && directory.entries().equals(seen);
    }

    private boolean knownAbsent(CachedVnode directory, Name name) {
        lock.lock();
        try {
            return directory.absent().contains(name);
        } finally {
            lock.unlock();
        }
    }

    /** An entry of a list with the attributes it had. */
    record Listed(Name name, Attributes attributes) {}

    /** The whole list with attributes, in order, if all of it is known for sure. */
    Optional<List<Listed>> list(CachedVnode directory, long generation) {
        Entries seen = directory.entries();
        if (seen.promised() != generation || !seen.complete()) {
            return Optional.empty();
        }
        List<Listed> all = new ArrayList<>(directory.names().size());
        for (Map.Entry<Name, Binding> each : directory.names().entrySet()) {
            CachedVnode child = each.getValue().child();
            State state = child.state();
            boolean known = state.promised() == generation
                    && state.found() == each.getValue().found()
                    && attributesHold(child, state, generation);
            if (!known) {
                return Optional.empty();
            }
            child.touch();
            all.add(new Listed(each.getKey(), state.attributes()));
        }
        all.sort(java.util.Comparator.comparing(Listed::name));
        return directory.entries().equals(seen) ? Optional.of(all) : Optional.empty();
    }

    /** A directory's size and times rest on its entries promise. */
    boolean attributesHold(CachedVnode vnode, State state, long generation) {
        return state.attributes().getType() != FileType.FOLDER
                || vnode.entries().promised() == generation;
    }

    // ---- taking answers ------------------------------------------------------------------------

    /** Before a request is sent whose answer may bring promises; then {@link #end} it. */
    Flight begin() {
        long generation = lease().generation();
        lock.lock();
        try {
            return flights.begin(generation, lease().termOf(generation));
        } finally {
            lock.unlock();
        }
    }

    void end(Flight flight) {
        lock.lock();
        try {
            flights.end(flight);
        } finally {
            lock.unlock();
        }
    }

    /** Takes what an answer of {@code term} says of a vnode. */
    CachedVnode take(Flight flight, long term, Vnode seen) {
        lock.lock();
        try {
            return takeLocked(flight, term, seen);
        } finally {
            lock.unlock();
        }
    }

    private CachedVnode takeLocked(Flight flight, long term, Vnode seen) {
        Attributes attributes = seen.getAttributes();
        long generation = worth(flight, term);
        boolean promised = seen.getPromised() && flights.vnodeHolds(flight, attributes);
        long promise = promised ? generation : 0;
        CachedVnode vnode = vnodes.get(attributes.getFile());
        if (vnode == null) {
            vnode = add(attributes, promise);
        } else {
            renew(vnode, attributes, promise);
        }
        if (seen.getEntriesPromised() && flights.entriesHold(flight, attributes)) {
            takeEntries(vnode, attributes.getChangeNumber(), generation);
        }
        return vnode;
    }

    /** The generation for which an answer's promises count; 0 for none. */
    private long worth(Flight flight, long term) {
        boolean good = flight.term() == term && lease().holds(flight.generation());
        return good ? flight.generation() : 0;
    }

    private CachedVnode add(Attributes attributes, long promise) {
        evictSome();
        FileId file = new FileId(attributes.getFile());
        CachedVnode vnode = new CachedVnode(file, new State(attributes, promise, 0));
        vnode.touch();
        vnodes.put(file.value(), vnode);
        return vnode;
    }

    /**
     * A promise given again while the one before holds says that no break is on its way: then only
     * the list has changed, and names found before still lead here.
     */
    private static void renew(CachedVnode vnode, Attributes attributes, long promise) {
        State known = vnode.state();
        vnode.touch();
        if (attributes.getChangeNumber() > known.number()) {
            boolean held = promise != 0 && known.promised() == promise;
            long found = held ? known.found() : known.found() + 1;
            vnode.state(new State(attributes, promise, found));
        } else if (attributes.getChangeNumber() == known.number() && promise != 0) {
            vnode.state(known.withPromise(promise));
        }
    }

    private static void takeEntries(CachedVnode directory, long number, long generation) {
        Entries known = directory.entries();
        if (generation == 0 || number < known.number()) {
            return;
        }
        boolean same = number == known.number();
        if (!same) {
            directory.absent().clear();
        }
        directory.entries(new Entries(generation, number, same && known.complete()));
    }

    /** {@code name} was found to lead to {@code child}, which had {@code seen}. */
    void bind(CachedVnode directory, Name name, CachedVnode child, Attributes seen) {
        lock.lock();
        try {
            bindLocked(directory, name, child, seen.getChangeNumber());
        } finally {
            lock.unlock();
        }
    }

    private static boolean bindLocked(
            CachedVnode directory, Name name, CachedVnode child, long number) {
        if (child.state().number() != number) {
            return false;
        }
        directory.names().put(name, new Binding(child, child.state().found()));
        directory.absent().remove(name);
        child.foundAt(directory, name);
        return true;
    }

    /** {@code name} was found absent when the directory had {@code seen}. */
    void bindAbsent(CachedVnode directory, Name name, Attributes seen) {
        lock.lock();
        try {
            Entries entries = directory.entries();
            if (entries.promised() != 0 && entries.number() == seen.getChangeNumber()) {
                if (directory.absent().size() >= ABSENT_NAMES_MAX) {
                    directory.absent().clear();
                }
                directory.names().remove(name);
                directory.absent().add(name);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The list was read to its end, all of it when the directory had this change number. */
    void listed(CachedVnode directory, long number, List<Listed> all) {
        lock.lock();
        try {
            Entries entries = directory.entries();
            if (entries.promised() == 0 || entries.number() != number) {
                return;
            }
            Set<Name> there = new HashSet<>();
            all.forEach(each -> there.add(each.name()));
            directory.names().keySet().retainAll(there);
            for (Listed each : all) {
                CachedVnode child = vnodes.get(each.attributes().getFile());
                long at = each.attributes().getChangeNumber();
                if (child == null || !bindLocked(directory, each.name(), child, at)) {
                    return;
                }
            }
            directory.entries(new Entries(entries.promised(), number, true));
        } finally {
            lock.unlock();
        }
    }

    // ---- own changes ---------------------------------------------------------------------------

    /** What an own change did to names, told together with its answer. */
    sealed interface Names {
        /** Nothing. */
        record Unchanged() implements Names {}

        record Made(FileId directory, Name name) implements Names {}

        record Removed(FileId directory, Name name) implements Names {}

        record Moved(FileId from, Name fromName, FileId to, Name toName, boolean exchanged)
                implements Names {}
    }

    /** Which promises on a directory the changer keeps, if it held them under this generation. */
    private record Kept(boolean vnode, boolean entries, long generation) {
        static Kept parent(Changed answer, long generation) {
            boolean entries = answer.getParentEntriesPromised();
            return new Kept(answer.getParentPromised(), entries, generation);
        }

        static Kept toParent(Changed answer, long generation) {
            boolean entries = answer.getToParentEntriesPromised();
            return new Kept(answer.getToParentPromised(), entries, generation);
        }
    }

    /** Takes the answer to an own change; returns the vnode it was about. */
    CachedVnode changed(Flight flight, long term, Changed answer, Names names) {
        List<Long> told = new ArrayList<>();
        CachedVnode vnode;
        lock.lock();
        try {
            long generation = worth(flight, term);
            vnode = changedFile(flight, answer, generation, told);
            if (answer.hasParent()) {
                parent(answer.getParent(), Kept.parent(answer, generation), told);
            }
            if (answer.hasToParent()) {
                parent(answer.getToParent(), Kept.toParent(answer, generation), told);
            }
            if (answer.hasReplaced()) {
                replaced(answer.getReplaced(), told);
            }
            names(names, vnode, answer);
        } finally {
            lock.unlock();
        }
        tell(told);
        return vnode;
    }

    private CachedVnode changedFile(
            Flight flight, Changed answer, long generation, List<Long> told) {
        Attributes seen = answer.getFile();
        boolean holds = answer.getPromised() && flights.vnodeHolds(flight, seen);
        long promise = holds ? generation : 0;
        flights.noteVnode(seen.getFile(), seen.getChangeNumber() - 1);
        told.add(seen.getFile());
        CachedVnode vnode = vnodes.get(seen.getFile());
        if (vnode == null) {
            return add(seen, promise);
        }
        State known = vnode.state();
        if (seen.getChangeNumber() > known.number()) {
            boolean held = promise != 0 && known.promised() == promise;
            vnode.state(new State(seen, promise, held ? known.found() : known.found() + 1));
        } else if (seen.getChangeNumber() == known.number() && promise != 0) {
            vnode.state(known.withPromise(promise));
        } else if (!answer.getPromised()) {
            vnode.state(known.withPromise(0));
        }
        return vnode;
    }

    private void parent(Attributes seen, Kept kept, List<Long> told) {
        flights.noteEntries(seen.getFile(), seen.getChangeNumber() - 1);
        told.add(seen.getFile());
        CachedVnode directory = vnodes.get(seen.getFile());
        if (directory != null) {
            parentAttributes(directory, seen, kept);
            parentEntries(directory, seen.getChangeNumber(), kept);
        }
    }

    private static void parentAttributes(CachedVnode directory, Attributes seen, Kept kept) {
        State known = directory.state();
        boolean held = kept.vnode() && known.promised() == kept.generation();
        boolean newer = seen.getChangeNumber() > known.number();
        if (held && newer) {
            directory.state(known.withAttributes(seen));
        } else if (newer) {
            directory.state(new State(seen, 0, known.found() + 1));
        } else if (!kept.vnode()) {
            directory.state(known.withPromise(0));
        }
    }

    private static void parentEntries(CachedVnode directory, long number, Kept kept) {
        Entries list = directory.entries();
        if (kept.entries() && list.promised() == kept.generation()) {
            long at = Math.max(number, list.number());
            directory.entries(new Entries(list.promised(), at, list.complete()));
        } else {
            directory.entries(new Entries(0, list.number(), false));
            directory.absent().clear();
        }
    }

    private void replaced(Attributes seen, List<Long> told) {
        flights.noteVnode(seen.getFile(), seen.getChangeNumber());
        told.add(seen.getFile());
        CachedVnode vnode = vnodes.get(seen.getFile());
        if (vnode != null && seen.getChangeNumber() >= vnode.state().number()) {
            vnode.state(new State(seen, 0, vnode.state().found() + 1));
        }
    }

    private void names(Names names, CachedVnode vnode, Changed answer) {
        switch (names) {
            case Names.Unchanged none -> {}
            case Names.Made made -> made(made.directory(), made.name(), vnode, answer);
            case Names.Removed gone -> removed(gone.directory(), gone.name(), vnode);
            case Names.Moved moved -> moved(moved, vnode, answer);
        }
    }

    private void made(FileId in, Name name, CachedVnode vnode, Changed answer) {
        CachedVnode directory = vnodes.get(in.value());
        if (directory == null) {
            return;
        }
        long number = answer.getFile().getChangeNumber();
        if (!bindLocked(directory, name, vnode, number)) {
            incomplete(directory, name);
        }
    }

    private static void incomplete(CachedVnode directory, Name name) {
        Entries list = directory.entries();
        directory.names().remove(name);
        directory.absent().remove(name);
        directory.entries(new Entries(list.promised(), list.number(), false));
    }

    private void removed(FileId from, Name name, CachedVnode vnode) {
        CachedVnode directory = vnodes.get(from.value());
        if (directory != null) {
            Binding binding = directory.names().get(name);
            if (binding != null && binding.child() == vnode) {
                directory.names().remove(name);
            }
        }
        if (vnode.state().attributes().getLinks() == 0) {
            forget(vnode);
        }
    }

    private void moved(Names.Moved moved, CachedVnode vnode, Changed answer) {
        CachedVnode from = vnodes.get(moved.from().value());
        if (from != null) {
            Binding binding = from.names().get(moved.fromName());
            if (binding != null && binding.child() == vnode) {
                from.names().remove(moved.fromName());
            }
            boolean perhapsNothing = answer.getFile().getLinks() > 1; // both names were of one file
            if (moved.exchanged() || perhapsNothing) {
                incomplete(from, moved.fromName());
            }
        }
        made(moved.to(), moved.toName(), vnode, answer);
    }

    /** The outcome of a change is unknown: nothing known of these holds any more (rule 1d). */
    void drop(List<FileId> touched) {
        lock.lock();
        try {
            for (FileId file : touched) {
                CachedVnode vnode = vnodes.get(file.value());
                flights.noteVnode(file.value(), Long.MAX_VALUE);
                flights.noteEntries(file.value(), Long.MAX_VALUE);
                if (vnode != null) {
                    vnode.state(vnode.state().broken());
                    vnode.entries(Entries.UNKNOWN);
                    vnode.absent().clear();
                }
            }
        } finally {
            lock.unlock();
        }
        tell(touched.stream().map(FileId::value).toList());
    }

    // ---- promises ------------------------------------------------------------------------------

    @Override
    public void broken(List<Broken> items) {
        lock.lock();
        try {
            items.forEach(this::brokenLocked);
        } finally {
            lock.unlock();
        }
        tell(items.stream().map(Broken::getFile).toList());
    }

    private void brokenLocked(Broken item) {
        CachedVnode vnode = vnodes.get(item.getFile());
        if (item.getVnode()) {
            flights.noteVnode(item.getFile(), item.getChangeNumber());
            if (vnode != null) {
                vnode.state(vnode.state().broken());
            }
        }
        if (item.getEntries()) {
            flights.noteEntries(item.getFile(), item.getChangeNumber());
            if (vnode != null) {
                vnode.entries(new Entries(0, vnode.entries().number(), false));
                vnode.absent().clear();
            }
        }
    }

    @Override
    public void voided() {
        // States name the generation of their promise, and that one is over.
        tell(List.of());
    }

    @Override
    public void leaseBegan(long generation) {
        onLease.accept(generation);
        tell(List.of());
    }

    /** Adds a listener: told the file of each break or own change, 0 when all promises went. */
    Runnable watch(LongConsumer listener) {
        watchers.add(listener);
        return () -> watchers.remove(listener);
    }

    private void tell(List<Long> files) {
        for (LongConsumer watcher : watchers) {
            if (files.isEmpty()) {
                watcher.accept(0);
            }
            files.forEach(watcher::accept);
        }
    }

    // ---- checking in bulk ----------------------------------------------------------------------

    /** A vnode to check, with what was known when it was chosen. */
    record ToCheck(CachedVnode vnode, State state, boolean entries) {}

    /** Up to {@code most} vnodes that are known but not promised under {@code generation}. */
    List<ToCheck> toCheck(Iterator<CachedVnode> rest, long generation, int most) {
        List<ToCheck> chosen = new ArrayList<>();
        while (chosen.size() < most && rest.hasNext()) {
            CachedVnode vnode = rest.next();
            State state = vnode.state();
            if (state.promised() != generation && state.promised() != 0) {
                boolean entries = vnode.entries().number() == state.number();
                chosen.add(new ToCheck(vnode, state, entries));
            }
        }
        return chosen;
    }

    Iterator<CachedVnode> all() {
        return vnodes.values().iterator();
    }

    /** It was still current, and is promised again. */
    void checked(Flight flight, long term, ToCheck which, boolean promised, boolean entries) {
        lock.lock();
        try {
            long generation = worth(flight, term);
            CachedVnode vnode = which.vnode();
            State known = vnode.state();
            Attributes at = which.state().attributes();
            if (generation == 0 || known.number() != at.getChangeNumber()) {
                return;
            }
            if (promised && flights.vnodeHolds(flight, at)) {
                vnode.state(known.withPromise(generation));
            }
            Entries list = vnode.entries();
            boolean same = which.entries() && list.number() == at.getChangeNumber();
            if (entries && same && flights.entriesHold(flight, at)) {
                vnode.entries(new Entries(generation, list.number(), list.complete()));
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- room ----------------------------------------------------------------------------------

    private void evictSome() {
        int looked = 0;
        while (vnodes.size() >= vnodesMax && looked < 2 * vnodesMax) {
            if (!hand.hasNext()) {
                hand = vnodes.values().iterator();
                if (!hand.hasNext()) {
                    return;
                }
            }
            CachedVnode next = hand.next();
            looked++;
            if (!next.takeTouched() && !next.file().isRoot()) {
                forget(next);
            }
        }
    }

    private void forget(CachedVnode vnode) {
        State last = vnode.state();
        vnodes.remove(vnode.file().value(), vnode);
        vnode.state(last.broken());
        vnode.entries(Entries.UNKNOWN);
        vnode.names().clear();
        CachedVnode parent = vnode.parent();
        Name name = vnode.name();
        if (parent != null && name != null) {
            Binding binding = parent.names().get(name);
            if (binding != null && binding.child() == vnode) {
                boolean gone = last.attributes().getLinks() == 0;
                parent.names().remove(name);
                Entries list = parent.entries();
                parent.entries(
                        new Entries(list.promised(), list.number(), gone && list.complete()));
            }
        }
    }

    int size() {
        return vnodes.size();
    }
}
