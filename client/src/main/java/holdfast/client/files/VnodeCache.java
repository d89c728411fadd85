package holdfast.client.files;

import com.google.protobuf.ByteString;

import holdfast.client.files.CachedVnode.Binding;
import holdfast.client.files.CachedVnode.Entries;
import holdfast.client.files.CachedVnode.State;
import holdfast.client.files.Flights.Flight;
import holdfast.client.files.OwnChange.Place;
import holdfast.client.session.Lease;
import holdfast.client.session.PromiseKeeper;
import holdfast.model.id.FileId;
import holdfast.model.path.Name;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Vnode;
import holdfast.wire.proto.Xattrs;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

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
 *
 * <p>The server does not break the changer's own promises. So where a name leads that an own change
 * under way touches is not believed: the change may be done, and others build on it.
 */
final class VnodeCache implements PromiseKeeper {
    private static final int ABSENT_NAMES_MAX = 256;

    private final ReentrantLock lock = new ReentrantLock();
    private final Vnodes vnodes;
    private final Flights flights = new Flights();
    private final ConcurrentHashMap<Place, Integer> changing = new ConcurrentHashMap<>();
    private final KnownXattrs xattrs = new KnownXattrs();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private @Nullable Lease lease;
    private Consumer<Long> onLease = generation -> {};

    VnodeCache(int vnodesMax) {
        this.vnodes = new Vnodes(vnodesMax);
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
        if (binding == null || isChanging(directory, name)) {
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
        if (seen.promised() != generation
                || directory.names().containsKey(name)
                || isChanging(directory, name)) {
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
        if (seen.promised() != generation || !seen.complete() || isAnyChanging(directory)) {
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
            vnode = vnodes.add(attributes, promise, false);
        } else {
            renew(vnode, attributes, promise);
        }
        if (seen.getEntriesPromised() && flights.entriesHold(flight, attributes)) {
            takeEntries(vnode, attributes.getChangeNumber(), generation);
        }
        return vnode;
    }

    /** Extended attributes; they hold while the state with their {@code found} is promised. */
    KnownXattrs xattrs() {
        return xattrs;
    }

    /** Takes all extended attributes of a vnode, which its promise covers. */
    SortedMap<String, ByteString> takeXattrs(Flight flight, long term, Xattrs seen) {
        SortedMap<String, ByteString> values = KnownXattrs.byName(seen.getItemsList());
        Vnode at = seen.getVnode();
        lock.lock();
        try {
            CachedVnode vnode = takeLocked(flight, term, at);
            State state = vnode.state();
            boolean now = state.promised() != 0 && state.promised() == worth(flight, term);
            if (now && at.getPromised() && flights.vnodeHolds(flight, at.getAttributes())) {
                xattrs.keep(vnode, state.found(), values);
            }
            return values;
        } finally {
            lock.unlock();
        }
    }

    /** The generation for which an answer's promises count; 0 for none. */
    private long worth(Flight flight, long term) {
        boolean good = flight.term() == term && lease().holds(flight.generation());
        return good ? flight.generation() : 0;
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
            vnode.state(known.read(attributes, promise, held));
        } else if (attributes.getChangeNumber() == known.number() && promise != 0) {
            vnode.state(known.promisedAgain(promise));
        }
    }

    private static void takeEntries(CachedVnode directory, long number, long generation) {
        Entries known = directory.entries();
        if (generation == 0 || number < known.number()) {
            return;
        }
        Entries now = known.read(generation, number);
        boolean kept = known.promised() == generation || !known.own();
        if (number != known.number() || !kept) {
            directory.absent().clear();
        }
        directory.entries(now);
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
        directory.bind(name, child);
        return true;
    }

    /** {@code name} was found absent, and an entries promise given with that. */
    void takeAbsence(Flight flight, long term, CachedVnode directory, Name name, Attributes seen) {
        lock.lock();
        try {
            long generation = flights.entriesHold(flight, seen) ? worth(flight, term) : 0;
            long number = seen.getChangeNumber();
            takeEntries(directory, number, generation);
            Entries entries = directory.entries();
            if (generation != 0 && entries.number() == number) {
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
            directory.entries(directory.entries().whole());
        } finally {
            lock.unlock();
        }
    }

    // ---- own changes ---------------------------------------------------------------------------

    /** Before an own change is sent; then, however it ends, {@link #settled}. */
    void changing(OwnChange.Names names) {
        names.places().forEach(place -> changing.merge(place, 1, Integer::sum));
    }

    /** What came of the change is known here, or what it touched was dropped. */
    void settled(OwnChange.Names names) {
        names.places()
                .forEach(place -> changing.computeIfPresent(
                        place, (same, count) -> count == 1 ? null : count - 1));
    }

    /** Whether an own change under way touches where the name leads. */
    boolean isChanging(CachedVnode directory, Name name) {
        return !changing.isEmpty()
                && changing.containsKey(new Place(directory.file().value(), name));
    }

    private boolean isAnyChanging(CachedVnode directory) {
        return !changing.isEmpty()
                && changing.keySet().stream()
                        .anyMatch(place -> place.directory() == directory.file().value());
    }

    /** Takes the answer to an own change; returns the vnode it was about. */
    CachedVnode changed(Flight flight, long term, Changed answer, OwnChange.Names names) {
        OwnChange change;
        CachedVnode vnode;
        lock.lock();
        try {
            change = new OwnChange(vnodes, flights, flight, answer, worth(flight, term));
            vnode = change.take(names);
            xattrs.forget(answer.getFile().getFile());
        } finally {
            lock.unlock();
        }
        tellOfOwn(change);
        return vnode;
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
                    vnode.entriesBroken();
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
                vnode.entriesBroken();
            }
        }
    }

    @Override
    public void voided() {
        // States name the generation of their promise, and that one is over.
        tellVoided();
    }

    @Override
    public void leaseBegan(long generation) {
        onLease.accept(generation);
        tellVoided();
    }

    /** Is told of what happens to what is known, on the thread that found out. */
    interface Watcher {
        /** What was known of this vnode is not promised any more; before that is acknowledged. */
        void broken(FileId file);

        /** This client removed it, or changed it and what is known of it now is promised. */
        void changedHere(FileId file);

        /** All promises went, or came anew. */
        void voided();
    }

    /** Adds a watcher; running the result removes it. */
    Runnable watch(Watcher watcher) {
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    private void tell(List<Long> files) {
        for (Watcher watcher : watchers) {
            files.forEach(file -> watcher.broken(new FileId(file)));
        }
    }

    private void tellOfOwn(OwnChange change) {
        if (watchers.isEmpty()) {
            return;
        }
        long generation = lease().peek();
        for (long value : change.touched()) {
            FileId file = new FileId(value);
            boolean promised = change.isGone(value) || isPromised(file, generation);
            for (Watcher watcher : watchers) {
                if (promised) {
                    watcher.changedHere(file);
                } else {
                    watcher.broken(file);
                }
            }
        }
    }

    private boolean isPromised(FileId file, long generation) {
        CachedVnode vnode = vnodes.get(file.value());
        return generation != 0
                && vnode != null
                && vnode.state().promised() == generation
                && attributesHold(vnode, vnode.state(), generation);
    }

    private void tellVoided() {
        watchers.forEach(Watcher::voided);
    }

    /**
     * For how long what is known of {@code vnode} at this change number may be repeated; zero when
     * it is not promised, or not known any more.
     */
    Duration attributesHold(CachedVnode vnode, long number) {
        long generation = peek();
        State state = vnode.state();
        boolean held = generation != 0
                && state.promised() == generation
                && state.number() == number
                && attributesHold(vnode, state, generation);
        return held ? lease().left(generation) : Duration.ZERO;
    }

    /** For how long it may be repeated that {@code name} leads to {@code vnode}. */
    Duration nameHolds(CachedVnode directory, Name name, CachedVnode vnode) {
        long generation = peek();
        boolean held = generation != 0 && child(directory, name, generation) == vnode;
        return held ? lease().left(generation) : Duration.ZERO;
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
        return vnodes.iterator();
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
                vnode.state(known.promisedAgain(generation));
            }
            Entries list = vnode.entries();
            boolean same = which.entries() && list.number() == at.getChangeNumber();
            if (entries && same && flights.entriesHold(flight, at)) {
                takeEntries(vnode, list.number(), generation);
            }
        } finally {
            lock.unlock();
        }
    }

    int size() {
        return vnodes.size();
    }
}
