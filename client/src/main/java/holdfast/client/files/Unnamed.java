package holdfast.client.files;

import holdfast.client.cache.Cache;
import holdfast.client.cache.WorkingCopy;
import holdfast.client.files.Namespace.Place;
import holdfast.client.session.Environment;
import holdfast.client.session.HeldLock;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Time;

import java.time.Duration;

/**
 * Files without a name, as open(2) makes them with O_TMPFILE: working copies on this machine, with
 * an identity that no server has seen. Given a name, such a file is made with all that was written,
 * in one commit; until then nobody else can know of it, and nothing of it is left when it is
 * closed.
 */
final class Unnamed {
    private static final int SET_GROUP = 02000;

    private final Environment environment;
    private final Resolver resolver;
    private final Namespace namespace;
    private final IdBlocks ids;
    private final Locking locking;
    private final Storing storing;
    private final Cache cache;
    private final Writing writing;

    Unnamed(
            Environment environment,
            Resolver resolver,
            Namespace namespace,
            IdBlocks ids,
            Locking locking,
            Storing storing,
            Cache cache,
            Writing writing) {
        this.environment = environment;
        this.resolver = resolver;
        this.namespace = namespace;
        this.ids = ids;
        this.locking = locking;
        this.storing = storing;
        this.cache = cache;
        this.writing = writing;
    }

    /** Makes one, to be named in the volume of {@code directory}. */
    OpenForWriting create(Spot directory, OpenRequest how, String caller, Times times) {
        Resolved.Found parent = resolver.found(directory, Lookup.stat(true), times.call());
        if (!parent.vnode().isFolder()) {
            throw Namespace.failure(
                    FailureCode.NOT_A_DIRECTORY, "not a directory", directory.path());
        }
        FileId file = ids.next(parent.vnode().file().volume(), times.call());
        CellPath path = parent.path().child(Name.of("#" + Long.toHexString(file.value())));
        Attributes attributes = attributes(file, parent.attributes(), how, caller);
        WorkingCopy copy = cache.create(new WorkingCopy.About(file, path, 0));
        return writing.unnamed(path, attributes, copy, locking.late(file, path, times), how, times);
    }

    /** As the server would make them, but for default access lists. */
    private Attributes attributes(FileId file, Attributes parent, OpenRequest how, String caller) {
        boolean inherits = (parent.getMode() & SET_GROUP) != 0;
        String group = inherits ? parent.getGroup() : how.madeFor().group().orElse(caller);
        Time now = Stats.time(environment.wallClock().instant());
        return Attributes.newBuilder()
                .setFile(file.value())
                .setType(FileType.FILE)
                .setMode(how.mode() & 07777 & ~how.madeFor().umask())
                .setOwner(how.madeFor().owner().orElse(caller))
                .setGroup(group)
                .setModified(now)
                .setAccessed(now)
                .setChanged(now)
                .setCreated(now)
                .build();
    }

    /** Makes it a file of the cell; it stays open, under its lock. */
    Stat name(OpenForWriting file, Spot spot, OpenRequest how, Times times) {
        Place place = namespace.place(spot, times.call());
        FileId id = file.stat().file();
        if (place.parent().volume() != id.volume()) {
            throw Namespace.failure(
                    FailureCode.CROSS_VOLUME, "this is another volume", spot.path());
        }
        Create what =
                how.madeFor().in(Namespace.creating(FileType.FILE, how.mode())).build();
        HeldLock lock = locking.take(id, place.path(), Duration.ZERO, holder -> {}, times);
        boolean named = false;
        try {
            // Nobody had the lock before: there is no fence to raise until it is stored again.
            Stat stat = file.become(
                    place.path(),
                    lock,
                    delivery -> storing.create(place, id, what, delivery, times));
            named = true;
            return stat;
        } catch (FailureException e) {
            throw new FailureException(e.failure().at(spot.path().toString()), e);
        } finally {
            if (!named) {
                lock.release();
            }
        }
    }
}
