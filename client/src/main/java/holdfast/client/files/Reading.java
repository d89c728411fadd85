package holdfast.client.files;

import holdfast.client.cache.Cache;
import holdfast.client.cache.CachedFile;
import holdfast.client.cache.Origin;
import holdfast.model.chunk.Contents;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.model.volume.Access.Right;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Opens for reading. A version under promise whose contents are cached is opened without a message;
 * else one walk brings attributes, contents or manifest, and what the cache lacks is fetched. When
 * the version is replaced meanwhile, the open starts over (rule 7).
 */
final class Reading {
    private static final int FETCHES_MAX = 8;

    private final Resolver resolver;
    private final ReplicaGroups groups;
    private final Rights rights;
    private final Cache cache;
    private final ContentsIndex index;
    private final LongAdder fetched = new LongAdder();

    Reading(
            Resolver resolver,
            ReplicaGroups groups,
            Rights rights,
            Cache cache,
            ContentsIndex index) {
        this.resolver = resolver;
        this.groups = groups;
        this.rights = rights;
        this.cache = cache;
        this.index = index;
    }

    /** Bytes of contents fetched. */
    long fetched() {
        return fetched.sum();
    }

    OpenForReading open(Spot spot, Times times) {
        return open(spot, false, times);
    }

    /** The same; what is large may still be coming. */
    OpenForReading stream(Spot spot, Times times) {
        return open(spot, true, times);
    }

    private OpenForReading open(Spot spot, boolean streaming, Times times) {
        Deadline deadline = times.call();
        Lookup lookup = Lookup.contents(index::knows);
        while (true) {
            Resolved.Found found = file(spot, lookup, deadline);
            Optional<CachedFile> opened = open(found, streaming, times, deadline);
            if (opened.isPresent()) {
                return new OpenForReading(
                        opened.get(),
                        found.attributes(),
                        index.contents(found.vnode(), found.attributes()));
            }
            lookup = Lookup.contents((vnode, any) -> false);
            deadline.check("opening the file, which others keep changing,");
        }
    }

    /** The file there, which the caller may read. */
    private Resolved.Found file(Spot spot, Lookup lookup, Deadline deadline) {
        Resolved.Found found = resolver.found(spot, lookup, deadline);
        requireFile(found.attributes(), spot.path());
        rights.check(found.attributes(), Right.READ, spot.path());
        return found;
    }

    static void requireFile(Attributes attributes, CellPath path) {
        if (attributes.getType() == FileType.FOLDER) {
            throw Namespace.failure(FailureCode.IS_A_DIRECTORY, "is a directory", path);
        }
        if (attributes.getType() == FileType.SYMLINK) {
            throw Namespace.failure(FailureCode.LOOP, "is a symbolic link", path);
        }
        if (attributes.getType() != FileType.FILE) {
            String type = Stats.of(attributes).type().name().toLowerCase(Locale.ROOT);
            throw Namespace.failure(
                    FailureCode.UNSUPPORTED,
                    "is a " + type.replace('_', ' ') + ", which has no contents in the cell",
                    path);
        }
    }

    /** Empty: what is known is not enough or gone; a server must be asked. */
    Optional<CachedFile> open(Resolved.Found found, Times times, Deadline deadline) {
        return open(found, false, times, deadline);
    }

    private Optional<CachedFile> open(
            Resolved.Found found, boolean streaming, Times times, Deadline deadline) {
        try {
            if (found.contents().isEmpty()) {
                Optional<CachedFile> hit = cached(found.vnode(), found.attributes());
                if (hit.isPresent()) {
                    return hit;
                }
            }
            return contents(found).map(contents -> open(found, contents, streaming, times));
        } catch (FailureException e) {
            if (e.code() != FailureCode.STALE || deadline.passed()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** The contents that go with what was found: as sent just now, or known from before. */
    Optional<Contents> contents(Resolved.Found found) {
        if (found.contents().isEmpty()) {
            return index.contents(found.vnode(), found.attributes());
        }
        Contents contents = WireContents.decode(found.contents().get());
        if (contents.size() != found.attributes().getSize()) {
            throw FailureException.of(
                    FailureCode.DAMAGED,
                    "a server sent "
                            + contents.size()
                            + " bytes for "
                            + found.attributes().getSize());
        }
        index.remember(found.vnode(), found.attributes().getDataVersion(), contents);
        return Optional.of(contents);
    }

    private Optional<CachedFile> cached(CachedVnode vnode, Attributes attributes) {
        return index.id(vnode, attributes).flatMap(id -> cache.find(id, attributes.getSize()));
    }

    /** What a fetch that was cut short had brought is there for the next. */
    private CachedFile open(
            Resolved.Found found, Contents contents, boolean streaming, Times times) {
        Deadline deadline = times.moving(contents.storedBytes());
        for (int tries = 1; ; tries++) {
            try {
                return streaming
                        ? cache.stream(contents, origin(found), filler(found), deadline)
                        : cache.open(contents, origin(found), filler(found), deadline);
            } catch (FailureException e) {
                if (e.code() != FailureCode.DAMAGED || tries == FETCHES_MAX) {
                    throw e;
                }
            }
        }
    }

    static Origin origin(Resolved.Found found) {
        return new Origin(found.path(), found.vnode().file(), found.attributes().getDataVersion());
    }

    Fetching filler(Resolved.Found found) {
        long version = found.attributes().getDataVersion();
        return new Fetching(groups, found.vnode().file(), version, fetched);
    }
}
