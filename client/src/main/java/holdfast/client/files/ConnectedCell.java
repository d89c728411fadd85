package holdfast.client.files;

import holdfast.client.cache.Cache;
import holdfast.client.cache.CacheUsage;
import holdfast.client.cache.Outgoing;
import holdfast.client.files.Storing.Delivery;
import holdfast.client.session.Environment;
import holdfast.client.session.Session;
import holdfast.model.chunk.Chunker;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A connected cell: every room of the client, and nothing else. */
final class ConnectedCell implements Cell {
    private final Environment environment;
    private final Session session;
    private final Times times;
    private final ReplicaGroups groups;
    private final Cache cache;
    private final Resolver resolver;
    private final Namespace namespace;
    private final ExtendedAttributes xattrs;
    private final Listing listing;
    private final Reading reading;
    private final Writing writing;
    private final WholeFiles wholeFiles;
    private final LocalCopies localCopies;
    private final Storing storing;
    private final KeptWork recovery;
    private final Administration administration;
    private final VnodeAccess vnodes;
    private final boolean oneShot;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

    ConnectedCell(Session session, Cache cache, Times times, Limits limits) {
        this.environment = session.environment();
        this.session = session;
        this.cache = cache;
        this.times = times;
        this.oneShot = limits.oneShot();
        this.groups = new ReplicaGroups(session, !oneShot, limits.vnodesMax());
        Rights rights = new Rights(environment.caller());
        this.resolver = new Resolver(groups, rights);
        IdBlocks ids = new IdBlocks(environment, groups, limits.idBlock());
        this.namespace = new Namespace(resolver, groups, ids);
        this.xattrs = new ExtendedAttributes(resolver, groups);
        this.listing = new Listing(resolver, groups, rights);
        ContentsIndex index = new ContentsIndex();
        this.storing = new Storing(environment, groups, namespace, times);
        Locking locking = new Locking(session.locks(), storing);
        this.reading = new Reading(resolver, groups, rights, cache, index);
        this.writing = new Writing(
                environment,
                resolver,
                namespace,
                ids,
                locking,
                storing,
                reading,
                cache,
                index,
                rights);
        this.wholeFiles = new WholeFiles(resolver, namespace, ids, locking, storing, index, rights);
        this.localCopies = new LocalCopies(reading);
        this.recovery = new KeptWork(cache, groups, namespace, ids, locking, storing, times);
        this.administration = new CellAdministration(session, groups, resolver, times::call);
        Unnamed unnamed = new Unnamed(
                environment, resolver, namespace, ids, locking, storing, cache, writing);
        this.vnodes = new ByVnode(
                groups,
                resolver,
                namespace,
                xattrs,
                listing,
                reading,
                new ReadingAhead(environment, groups, reading, index, times),
                writing,
                unnamed,
                locking,
                times,
                rights.user());
    }

    /**
     * What one connection may take.
     *
     * @param oneShot asks for no promises
     * @param vnodesMax how many vnodes it remembers for each group
     * @param idBlock how many identities it asks for at once
     */
    record Limits(boolean oneShot, int vnodesMax, int idBlock) {
        static Limits of(CellOptions options) {
            return options.oneShot()
                    ? new Limits(true, 10_000, 16)
                    : new Limits(false, 100_000, 4_096);
        }
    }

    @Override
    public OpenFile open(CellPath path, OpenRequest how) throws CellException {
        Times limits = how.timeout()
                .map(limit -> new Times(limit, environment.ticker()))
                .orElse(times);
        return Edge.call(path, () -> switch (how.access()) {
            case READ -> read(path, how, limits);
            case WRITE -> writing.open(Spot.at(path), how, limits);
        });
    }

    private OpenFile read(CellPath path, OpenRequest how, Times limits) {
        if (how.creation() != OpenRequest.Creation.NEVER || how.truncate() || how.append()) {
            throw FailureException.of(
                    FailureCode.INVALID, "making or changing a file needs to open it for writing");
        }
        return reading.open(Spot.at(path), limits);
    }

    @Override
    public byte[] read(CellPath path, int bytesMax) throws CellException {
        return Edge.call(path, () -> {
            try (OpenForReading file = reading.open(Spot.at(path), times)) {
                return bytes(file, bytesMax);
            }
        });
    }

    private static byte[] bytes(OpenForReading file, int bytesMax) {
        long size = file.size();
        if (size > bytesMax) {
            throw FailureException.of(
                    FailureCode.LIMIT, "the file has " + size + " bytes, more than " + bytesMax);
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) size);
        try {
            FileChannel channel = file.channel();
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, bytes.position()) < 0) {
                    throw FailureException.of(
                            FailureCode.DAMAGED, "the cached file is shorter than it was");
                }
            }
            return bytes.array();
        } catch (IOException e) {
            throw Local.failure(e);
        }
    }

    @Override
    public Stat write(CellPath path, byte[] contents, PutOptions options) throws CellException {
        return Edge.call(path, () -> {
            Contents cut = cut(contents);
            Delivery delivery = new Delivery(
                    contents.length,
                    found -> telling(cut, found),
                    ChunkBytes.in(contents, cut),
                    Changes.modified(options.modified()),
                    Borrowed.NONE,
                    options.progress());
            return wholeFiles.store(path, delivery, options, times);
        });
    }

    private static Contents telling(Contents cut, Consumer<Piece.Chunk> found) {
        if (cut instanceof Manifest manifest) {
            manifest.chunks().forEach(found);
        }
        return cut;
    }

    private static Contents cut(byte[] contents) {
        try {
            return Chunker.cut(new ArraySource(contents));
        } catch (IOException e) {
            throw Local.failure(e);
        }
    }

    @Override
    public Stat put(Path from, CellPath to, PutOptions options) throws CellException {
        return Edge.call(to, () -> {
            try (Outgoing file = Outgoing.of(from)) {
                Changes attributes = Changes.modified(options.modified());
                Delivery delivery = Delivery.of(file, attributes, options.progress());
                return wholeFiles.store(to, delivery, options, times);
            }
        });
    }

    @Override
    public Stat get(CellPath from, Path to, GetOptions options) throws IOException {
        return Edge.call(from, () -> localCopies.copy(from, to, options, times));
    }

    @Override
    public Stat stat(CellPath path) throws CellException {
        return Edge.call(path, () -> stat(path, true));
    }

    @Override
    public Stat lstat(CellPath path) throws CellException {
        return Edge.call(path, () -> stat(path, false));
    }

    private Stat stat(CellPath path, boolean follow) {
        return switch (resolver.resolve(Spot.at(path), Lookup.stat(follow), times.call())) {
            case Resolved.Found found -> Stats.of(found.attributes());
            case Resolved.Absent absent -> throw Resolver.notFound(path);
            case Resolved.AboveMounts above -> MountDirectories.stat(above.path());
        };
    }

    @Override
    public void list(CellPath directory, Consumer<Stat.Entry> visitor) throws CellException {
        Edge.run(directory, () -> listing.list(Spot.at(directory), visitor, times::call));
    }

    @Override
    public Stat mkdir(CellPath path, int mode, MadeFor whom) throws CellException {
        return Edge.call(path, () -> namespace.mkdir(Spot.at(path), mode, whom, times.call()));
    }

    @Override
    public void remove(CellPath path) throws CellException {
        Edge.run(path, () -> namespace.remove(Spot.at(path), false, times.call()));
    }

    @Override
    public void rmdir(CellPath path) throws CellException {
        Edge.run(path, () -> namespace.remove(Spot.at(path), true, times.call()));
    }

    @Override
    public Stat rename(CellPath from, CellPath to, RenameMode how) throws CellException {
        return Edge.call(
                from,
                () -> namespace
                        .rename(Spot.at(from), Spot.at(to), how, times.call())
                        .moved());
    }

    @Override
    public Stat link(CellPath existing, CellPath name) throws CellException {
        return Edge.call(
                name, () -> namespace.link(Spot.at(existing), Spot.at(name), times.call()));
    }

    @Override
    public Stat symlink(byte[] target, CellPath name, MadeFor whom) throws CellException {
        return Edge.call(name, () -> namespace.symlink(target, Spot.at(name), whom, times.call()));
    }

    @Override
    public Stat mknod(CellPath path, Stat.Type type, int mode, int device, MadeFor whom)
            throws CellException {
        return Edge.call(
                path, () -> namespace.mknod(Spot.at(path), type, mode, device, whom, times.call()));
    }

    @Override
    public Stat setAttributes(CellPath path, Changes changes) throws CellException {
        return Edge.call(path, () -> namespace.setAttributes(Spot.at(path), changes, times.call()));
    }

    @Override
    public SortedMap<String, byte[]> xattrs(CellPath path) throws CellException {
        return Edge.call(path, () -> xattrs.all(Spot.at(path), times.call()));
    }

    @Override
    public Optional<byte[]> xattr(CellPath path, String name) throws CellException {
        return Edge.call(path, () -> xattrs.one(Spot.at(path), name, times.call()));
    }

    @Override
    public void setXattr(CellPath path, String name, byte[] value, XattrMode how)
            throws CellException {
        Edge.run(path, () -> xattrs.set(Spot.at(path), name, value, how, times.call()));
    }

    @Override
    public void removeXattr(CellPath path, String name) throws CellException {
        Edge.run(path, () -> xattrs.remove(Spot.at(path), name, times.call()));
    }

    @Override
    public Space space(CellPath path) throws CellException {
        return Edge.call(path, () -> {
            Deadline deadline = times.call();
            Resolved.Found found = resolver.found(Spot.at(path), Lookup.place(true), deadline);
            return groups.space(found.vnode().file(), deadline);
        });
    }

    @Override
    public VnodeAccess vnodes() {
        return vnodes;
    }

    @Override
    public Watch watch(CellPath path, Consumer<Change> listener) throws CellException {
        return Edge.call(path, () -> {
            if (oneShot) {
                throw Failure.of(FailureCode.INVALID, "a connection for a few calls can't watch")
                        .exception();
            }
            PathWatch watch = new PathWatch(environment, resolver, path, listener);
            watches.add(watch.start(times.call()));
            return () -> {
                watches.remove(watch);
                watch.close();
            };
        });
    }

    @Override
    public Statistics statistics() {
        CacheUsage usage = cache.usage();
        return new Statistics(
                usage.hits(),
                usage.misses(),
                reading.fetched(),
                storing.sent(),
                session.counters().requests(),
                storing.stores(),
                session.counters().breaks(),
                usage.bytes(),
                usage.budgetBytes());
    }

    @Override
    public CacheControl cache() {
        return new CacheDesk(cache, times);
    }

    @Override
    public Recovery recovery() {
        return recovery;
    }

    @Override
    public Administration administration() {
        return administration;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        watches.forEach(Watch::close);
        writing.writers().abandonAll("the connection was closed before the file");
        session.close();
        groups.close();
        cache.close();
        environment.transport().close();
    }
}
