package holdfast.client.files;

import holdfast.client.cache.Cache;
import holdfast.client.cache.CachedFile;
import holdfast.client.cache.Filler;
import holdfast.client.cache.Origin;
import holdfast.client.cache.WorkingCopy;
import holdfast.client.files.ReplicaGroup.Outcome;
import holdfast.client.session.Environment;
import holdfast.client.session.HeldLock;
import holdfast.client.session.WriterLock;
import holdfast.model.chunk.Contents;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.volume.Access.Right;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Opens for writing (rule 4): takes the lock, looks the path up again (another vnode: gives back,
 * starts over), then takes the base and makes the working copy.
 */
final class Writing {
    private static final Logger LOG = LoggerFactory.getLogger(Writing.class);
    private static final int TRIES_MAX = 64;

    private final Environment environment;
    private final Resolver resolver;
    private final Namespace namespace;
    private final IdBlocks ids;
    private final Locking locking;
    private final Storing storing;
    private final Reading reading;
    private final Cache cache;
    private final ContentsIndex index;
    private final Rights rights;
    private final OpenWriters writers = new OpenWriters();

    Writing(
            Environment environment,
            Resolver resolver,
            Namespace namespace,
            IdBlocks ids,
            Locking locking,
            Storing storing,
            Reading reading,
            Cache cache,
            ContentsIndex index,
            Rights rights) {
        this.environment = environment;
        this.resolver = resolver;
        this.namespace = namespace;
        this.ids = ids;
        this.locking = locking;
        this.storing = storing;
        this.reading = reading;
        this.cache = cache;
        this.index = index;
        this.rights = rights;
    }

    OpenWriters writers() {
        return writers;
    }

    OpenForWriting open(Spot spot, OpenRequest how, Times times) {
        return open(
                spot,
                how,
                found -> locking.exclusive(found, how.lockWait(), how.onWaiting(), times),
                times);
    }

    /** Takes, or has, the lock of what was found. */
    @FunctionalInterface
    interface TakingLock {
        WriterLock of(Resolved.Found found);
    }

    /** The same under a lock that is held already. */
    OpenForWriting open(Spot spot, OpenRequest how, HeldLock held, Times times) {
        return open(spot, how, found -> locking.toWrite(held, times), times);
    }

    /** The same without a lock: it is taken for each store alone. */
    OpenForWriting openUnlocked(Spot spot, OpenRequest how, Times times) {
        return open(spot, how, found -> locking.late(found, times), times);
    }

    private OpenForWriting open(Spot spot, OpenRequest how, TakingLock taking, Times times) {
        CellPath path = spot.path();
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            boolean follow = how.creation() != OpenRequest.Creation.NEW;
            Resolved there = resolver.resolve(spot, Lookup.place(follow), times.call());
            Optional<OpenForWriting> opened = switch (there) {
                case Resolved.Found found -> existing(spot, found, how, taking, times);
                case Resolved.Absent absent -> made(spot, absent, how, times);
                case Resolved.AboveMounts above ->
                    throw Namespace.failure(FailureCode.IS_A_DIRECTORY, "is a directory", path);
            };
            if (opened.isPresent()) {
                return opened.get();
            }
        }
        throw Namespace.failure(
                FailureCode.STALE, "others keep replacing what is at this path", path);
    }

    // ---- a file that is there ------------------------------------------------------------------

    private Optional<OpenForWriting> existing(
            Spot spot, Resolved.Found found, OpenRequest how, TakingLock taking, Times times) {
        CellPath path = spot.path();
        if (how.creation() == OpenRequest.Creation.NEW) {
            throw Namespace.failure(FailureCode.ALREADY_EXISTS, "already exists", path);
        }
        check(path, found.attributes(), how);
        WriterLock lock = taking.of(found);
        Optional<OpenForWriting> opened = Optional.empty();
        try {
            opened = underLock(spot, lock, how, times);
            return opened;
        } catch (FailureException e) {
            // Nothing is written yet, so that it may start over.
            if (e.code() == FailureCode.STALE || lock.lost().isPresent()) {
                return Optional.empty();
            }
            throw e;
        } finally {
            if (opened.isEmpty()) {
                lock.release();
            }
        }
    }

    private void check(CellPath path, Attributes attributes, OpenRequest how) {
        Reading.requireFile(attributes, path);
        rights.check(attributes, Right.WRITE, path);
        if (!how.truncate()) {
            rights.check(attributes, Right.READ, path);
        }
    }

    private Optional<OpenForWriting> underLock(
            Spot spot, WriterLock lock, OpenRequest how, Times times) {
        Lookup lookup = how.truncate() ? Lookup.place(true) : Lookup.contents(index::knows);
        while (true) {
            Resolved again = resolver.resolve(spot, lookup, times.call());
            if (!(again instanceof Resolved.Found now) || !now.vnode().file().equals(lock.file())) {
                return Optional.empty();
            }
            check(spot.path(), now.attributes(), how);
            Optional<Copy> copy = copy(now, how, times);
            if (copy.isPresent()) {
                return Optional.of(opened(now, copy.get(), lock, how, times));
            }
            lookup = Lookup.contents((vnode, any) -> false);
        }
    }

    /** A working copy, and whether nothing had to be fetched for it. */
    private record Copy(WorkingCopy local, boolean fromCache) {}

    /** The working copy of what is there now; empty when a server must be asked for the base. */
    private Optional<Copy> copy(Resolved.Found now, OpenRequest how, Times times) {
        Attributes base = now.attributes();
        WorkingCopy.About about =
                new WorkingCopy.About(now.vnode().file(), now.path(), base.getDataVersion());
        if (base.getSize() == 0) {
            return Optional.of(new Copy(empty(about, times), true));
        }
        return how.truncate()
                ? Optional.of(new Copy(cache.create(about), true))
                : reading.open(now, times, times.call()).map(file -> edit(file, about));
    }

    private Copy edit(CachedFile base, WorkingCopy.About about) {
        boolean fromCache = base.fromCache();
        return new Copy(cache.edit(base, about), fromCache);
    }

    /** An empty working copy of an empty file: nothing to store as long as nothing is written. */
    private WorkingCopy empty(WorkingCopy.About about, Times times) {
        Origin origin = new Origin(about.path(), about.file(), about.baseVersion());
        return cache.edit(cache.open(Contents.EMPTY, origin, Filler.NONE, times.call()), about);
    }

    private OpenForWriting opened(
            Resolved.Found now, Copy copy, WriterLock lock, OpenRequest how, Times times) {
        Contents base = index.contents(now.vnode(), now.attributes()).orElse(Contents.EMPTY);
        return opened(now.path(), now.attributes(), base, copy, lock, how, times);
    }

    private OpenForWriting opened(
            CellPath path,
            Attributes attributes,
            Contents base,
            Copy copy,
            WriterLock lock,
            OpenRequest how,
            Times times) {
        checkStillHeld(lock, copy);
        OpenForWriting.Base from = new OpenForWriting.Base(attributes, base);
        return writers.add(new OpenForWriting(
                path,
                from,
                copy.local(),
                copy.fromCache(),
                lock,
                storing,
                index,
                times,
                how.append(),
                writers));
    }

    /** A file that no server knows of. */
    OpenForWriting unnamed(
            CellPath path,
            Attributes attributes,
            WorkingCopy copy,
            WriterLock lock,
            OpenRequest how,
            Times times) {
        Copy empty = new Copy(copy, true);
        return opened(path, attributes, Contents.EMPTY, empty, lock, how, times).withoutName();
    }

    /** The look at the path and the fetch may have taken longer than the session lasted (4e). */
    private static void checkStillHeld(WriterLock lock, Copy copy) {
        boolean held = false;
        try {
            lock.check();
            held = true;
        } finally {
            if (!held) {
                copy.local().discard();
            }
        }
    }

    // ---- a file to be made ---------------------------------------------------------------------

    /**
     * Makes the file, empty, while its lock is asked for. Others can want that only once they see
     * the file; should one of them get it first, the file is opened as one that is there.
     */
    private Optional<OpenForWriting> made(
            Spot spot, Resolved.Absent absent, OpenRequest how, Times times) {
        if (how.creation() == OpenRequest.Creation.NEVER) {
            throw Resolver.notFound(spot.path());
        }
        Namespace.Place place = new Namespace.Place(absent.group(), absent.parent(), absent.path());
        FileId file = ids.next(place.parent().volume(), times.call());
        CompletableFuture<HeldLock> lock = lockInBackground(file, absent.path(), how, times);
        Outcome outcome;
        try {
            outcome = make(place, file, how, times);
        } catch (FailureException e) {
            releaseWhenGranted(lock);
            if (e.code() == FailureCode.ALREADY_EXISTS
                    && how.creation() == OpenRequest.Creation.IF_ABSENT) {
                place.group().vnodes().drop(List.of(place.parent()));
                return Optional.empty();
            }
            throw e;
        }
        Spot name = Spot.in(place.parent(), absent.path());
        return newFile(name, outcome, joined(lock), how, times);
    }

    private Outcome make(Namespace.Place place, FileId file, OpenRequest how, Times times) {
        Create what =
                how.madeFor().in(Namespace.creating(FileType.FILE, how.mode())).build();
        return namespace.make(place, file, what, times.call());
    }

    private CompletableFuture<HeldLock> lockInBackground(
            FileId file, CellPath path, OpenRequest how, Times times) {
        CompletableFuture<HeldLock> lock = new CompletableFuture<>();
        Duration patience = how.lockWait();
        environment.start("holdfast-lock", () -> {
            try {
                lock.complete(locking.take(file, path, patience, how.onWaiting(), times));
            } catch (RuntimeException e) {
                lock.completeExceptionally(e);
            }
        });
        return lock;
    }

    private void releaseWhenGranted(CompletableFuture<HeldLock> lock) {
        environment.start("holdfast-release", () -> {
            try {
                joined(lock).release();
            } catch (FailureException e) {
                LOG.debug("there is no lock to give back: {}", e.getMessage());
            }
        });
    }

    private static HeldLock joined(CompletableFuture<HeldLock> lock) {
        try {
            return lock.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof FailureException failure
                    ? failure
                    : new IllegalStateException(e.getCause());
        }
    }

    private Optional<OpenForWriting> newFile(
            Spot spot, Outcome outcome, HeldLock lock, OpenRequest how, Times times) {
        Optional<OpenForWriting> opened = Optional.empty();
        try {
            storing.raiseFence(lock, times.call());
            opened = isUntouched(spot, outcome, times)
                    ? Optional.of(asMade(spot.path(), outcome, lock, how, times))
                    : underLock(spot, lock, how, times);
            return opened;
        } finally {
            if (opened.isEmpty()) {
                lock.release();
            }
        }
    }

    /** Whether nobody stored to the file, or replaced it, before its lock was granted. */
    private boolean isUntouched(Spot spot, Outcome outcome, Times times) {
        long version = outcome.answer().getFile().getDataVersion();
        return resolver.resolve(spot, Lookup.place(true), times.call())
                        instanceof Resolved.Found now
                && now.vnode().file().equals(outcome.vnode().file())
                && now.attributes().getDataVersion() == version;
    }

    private OpenForWriting asMade(
            CellPath path, Outcome outcome, HeldLock lock, OpenRequest how, Times times) {
        Attributes attributes = outcome.answer().getFile();
        WorkingCopy.About about =
                new WorkingCopy.About(outcome.vnode().file(), path, attributes.getDataVersion());
        Copy copy = new Copy(empty(about, times), true);
        return opened(path, attributes, Contents.EMPTY, copy, lock, how, times);
    }
}
