package holdfast.client.files;

import holdfast.client.session.HeldLock;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** The rooms of the client, entered by vnodes. */
final class ByVnode implements VnodeAccess {
    /** Nothing tells of changes of directories that only the map knows. */
    private static final Duration MAP_HOLDS = Duration.ZERO;

    private final ReplicaGroups groups;
    private final Resolver resolver;
    private final Namespace namespace;
    private final ExtendedAttributes xattrs;
    private final Listing listing;
    private final Reading reading;
    private final ReadingAhead ahead;
    private final Writing writing;
    private final Unnamed unnamed;
    private final Locking locking;
    private final Times times;
    private final String user;

    ByVnode(
            ReplicaGroups groups,
            Resolver resolver,
            Namespace namespace,
            ExtendedAttributes xattrs,
            Listing listing,
            Reading reading,
            ReadingAhead ahead,
            Writing writing,
            Unnamed unnamed,
            Locking locking,
            Times times,
            String user) {
        this.groups = groups;
        this.resolver = resolver;
        this.namespace = namespace;
        this.xattrs = xattrs;
        this.listing = listing;
        this.reading = reading;
        this.ahead = ahead;
        this.writing = writing;
        this.unnamed = unnamed;
        this.locking = locking;
        this.times = times;
        this.user = user;
    }

    @Override
    public String user() {
        return user;
    }

    private static Spot spot(Ref vnode) {
        return Spot.of(vnode.file(), vnode.path());
    }

    private static Spot spot(Ref directory, Name name) {
        return Spot.in(directory.file(), directory.path().child(name));
    }

    // ---- looking -------------------------------------------------------------------------------

    @Override
    public Seen root() throws CellException {
        return Edge.call(CellPath.ROOT, () -> seen(Spot.at(CellPath.ROOT)));
    }

    @Override
    public Seen stat(Ref vnode) throws CellException {
        return Edge.call(vnode.path(), () -> seen(spot(vnode)));
    }

    private Seen seen(Spot spot) {
        return switch (resolver.resolve(spot, Lookup.stat(false), times.call())) {
            case Resolved.Found found -> seen(found, Duration.ZERO);
            case Resolved.Absent absent -> throw Resolver.notFound(spot.path());
            case Resolved.AboveMounts above -> seen(above);
        };
    }

    private static Seen seen(Resolved.AboveMounts above) {
        return new Seen(MountDirectories.stat(above.path()), MAP_HOLDS, MAP_HOLDS);
    }

    private static Seen seen(Resolved.Found found, Duration nameHolds) {
        Duration hold = found.group()
                .vnodes()
                .attributesHold(found.vnode(), found.attributes().getChangeNumber());
        return new Seen(Stats.of(found.attributes()), hold, nameHolds);
    }

    @Override
    public Seen lookup(Ref directory, Name name) throws CellException {
        CellPath path = directory.path().child(name);
        return Edge.call(path, () -> lookup(spot(directory, name), directory, name));
    }

    private Seen lookup(Spot spot, Ref directory, Name name) {
        return switch (resolver.resolve(spot, Lookup.stat(false), times.call())) {
            case Resolved.Found found -> seen(found, nameHolds(found, directory, name));
            case Resolved.Absent absent -> throw Resolver.notFound(spot.path());
            case Resolved.AboveMounts above -> seen(above);
        };
    }

    /** A mount point leads to another volume's root: the map may say so no longer, untold. */
    private static Duration nameHolds(Resolved.Found found, Ref directory, Name name) {
        VnodeCache vnodes = found.group().vnodes();
        return vnodes.get(directory.file())
                .map(parent -> vnodes.nameHolds(parent, name, found.vnode()))
                .orElse(Duration.ZERO);
    }

    @Override
    public boolean list(Ref directory, Optional<Name> after, int most, Consumer<Stat.Entry> visitor)
            throws CellException {
        Listing.Part part = new Listing.Part(after, most);
        return Edge.call(
                directory.path(), () -> listing.list(spot(directory), part, visitor, times::call));
    }

    @Override
    public void willRead(Ref directory, Name name) {
        ahead.willRead(directory.file(), directory.path(), name);
    }

    // ---- names and attributes ------------------------------------------------------------------

    @Override
    public Seen mkdir(Ref directory, Name name, int mode, MadeFor whom) throws CellException {
        return Edge.call(directory.path().child(name), () -> {
            Stat made = namespace.mkdir(spot(directory, name), mode, whom, times.call());
            return changed(made, directory, name);
        });
    }

    @Override
    public Seen symlink(Ref directory, Name name, byte[] target, MadeFor whom)
            throws CellException {
        return Edge.call(directory.path().child(name), () -> {
            Stat made = namespace.symlink(target, spot(directory, name), whom, times.call());
            return changed(made, directory, name);
        });
    }

    @Override
    public Seen mknod(Ref directory, Name name, Stat.Type type, int mode, int device, MadeFor whom)
            throws CellException {
        return Edge.call(directory.path().child(name), () -> {
            Stat made =
                    namespace.mknod(spot(directory, name), type, mode, device, whom, times.call());
            return changed(made, directory, name);
        });
    }

    @Override
    public Seen link(Ref file, Ref directory, Name name) throws CellException {
        return Edge.call(directory.path().child(name), () -> {
            Stat linked = namespace.link(spot(file), spot(directory, name), times.call());
            return changed(linked, directory, name);
        });
    }

    private Seen changed(Stat stat, Ref directory, Name name) {
        VnodeCache vnodes = groups.holding(stat.file().volume(), times.call()).vnodes();
        CachedVnode vnode = vnodes.get(stat.file()).orElse(null);
        CachedVnode parent = vnodes.get(directory.file()).orElse(null);
        return vnode == null || parent == null
                ? new Seen(stat, Duration.ZERO, Duration.ZERO)
                : new Seen(
                        stat,
                        vnodes.attributesHold(vnode, stat.changeNumber()),
                        vnodes.nameHolds(parent, name, vnode));
    }

    @Override
    public Stat remove(Ref directory, Name name, boolean folder) throws CellException {
        CellPath path = directory.path().child(name);
        return Edge.call(path, () -> namespace.remove(spot(directory, name), folder, times.call()));
    }

    @Override
    public Renamed rename(Ref from, Name name, Ref to, Name newName, Cell.RenameMode how)
            throws CellException {
        return Edge.call(from.path().child(name), () -> {
            Namespace.Renamed done =
                    namespace.rename(spot(from, name), spot(to, newName), how, times.call());
            return new Renamed(done.moved(), done.replaced());
        });
    }

    @Override
    public Seen change(Ref vnode, Cell.Changes changes) throws CellException {
        return Edge.call(vnode.path(), () -> {
            Stat now = namespace.setAttributes(spot(vnode), changes, times.call());
            VnodeCache vnodes =
                    groups.holding(now.file().volume(), times.call()).vnodes();
            Duration hold = vnodes.get(now.file())
                    .map(known -> vnodes.attributesHold(known, now.changeNumber()))
                    .orElse(Duration.ZERO);
            return new Seen(now, hold, Duration.ZERO);
        });
    }

    // ---- contents ------------------------------------------------------------------------------

    @Override
    public OpenFile open(Ref file, OpenRequest how) throws CellException {
        return Edge.call(file.path(), () -> switch (how.access()) {
            case READ -> {
                ahead.await(file.file(), times.call());
                yield reading.stream(spot(file), times);
            }
            case WRITE -> writing.open(spot(file), how, times);
        });
    }

    @Override
    public OpenFile create(Ref directory, Name name, OpenRequest how) throws CellException {
        CellPath path = directory.path().child(name);
        return Edge.call(path, () -> writing.open(spot(directory, name), how, times));
    }

    @Override
    public OpenFile createUnnamed(Ref directory, OpenRequest how) throws CellException {
        return Edge.call(directory.path(), () -> unnamed.create(spot(directory), how, user, times));
    }

    @Override
    public Seen name(OpenFile file, Ref directory, Name name, OpenRequest how)
            throws CellException {
        return Edge.call(directory.path().child(name), () -> {
            Stat made = unnamed.name((OpenForWriting) file, spot(directory, name), how, times);
            return changed(made, directory, name);
        });
    }

    @Override
    public OpenFile open(Ref file, OpenRequest how, Lock held) throws CellException {
        HeldLock lock = ((Held) held).lock;
        return Edge.call(file.path(), () -> writing.open(spot(file), how, lock, times));
    }

    @Override
    public OpenFile openUnlocked(Ref file, OpenRequest how) throws CellException {
        return Edge.call(file.path(), () -> writing.openUnlocked(spot(file), how, times));
    }

    @Override
    public Lock lock(Ref file, boolean exclusive, Duration patience) throws CellException {
        return Edge.call(
                file.path(),
                () -> new Held(locking.take(file.file(), file.path(), exclusive, patience, times)));
    }

    @Override
    public Lock lockOf(OpenFile open) throws CellException {
        return Edge.call(() -> new Held(((OpenForWriting) open).retainLock()));
    }

    private static final class Held implements Lock {
        private final HeldLock lock;
        private final AtomicBoolean released = new AtomicBoolean();

        Held(HeldLock lock) {
            this.lock = lock;
        }

        @Override
        public boolean exclusive() {
            return lock.exclusive();
        }

        @Override
        public boolean isLost() {
            try {
                lock.check();
                return false;
            } catch (FailureException e) {
                return true;
            }
        }

        @Override
        public void release() {
            if (released.compareAndSet(false, true)) {
                lock.release();
            }
        }
    }

    // ---- the rest ------------------------------------------------------------------------------

    @Override
    public SortedMap<String, byte[]> xattrs(Ref vnode) throws CellException {
        return Edge.call(vnode.path(), () -> xattrs.all(spot(vnode), times.call()));
    }

    @Override
    public Optional<byte[]> xattr(Ref vnode, String name) throws CellException {
        return Edge.call(vnode.path(), () -> xattrs.one(spot(vnode), name, times.call()));
    }

    @Override
    public void setXattr(Ref vnode, String name, byte[] value, XattrMode how) throws CellException {
        Edge.run(vnode.path(), () -> xattrs.set(spot(vnode), name, value, how, times.call()));
    }

    @Override
    public void removeXattr(Ref vnode, String name) throws CellException {
        Edge.run(vnode.path(), () -> xattrs.remove(spot(vnode), name, times.call()));
    }

    @Override
    public Cell.Space space(Ref vnode) throws CellException {
        return Edge.call(vnode.path(), () -> groups.space(vnode.file(), times.call()));
    }

    @Override
    public void listen(Listener listener) {
        groups.watch(new VnodeCache.Watcher() {
            @Override
            public void broken(FileId file) {
                listener.broken(file);
            }

            @Override
            public void changedHere(FileId file) {}

            @Override
            public void voided() {
                listener.allBroken();
            }
        });
    }
}
