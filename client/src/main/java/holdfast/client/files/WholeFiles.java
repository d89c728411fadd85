package holdfast.client.files;

import holdfast.client.files.ReplicaGroup.Outcome;
import holdfast.client.files.Storing.Delivery;
import holdfast.client.session.HeldLock;
import holdfast.model.chunk.Contents;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.volume.Access.Right;
import holdfast.wire.proto.Attributes;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Stores whole files. A small one whose name is not known to be taken is made at once, in one round
 * trip; when the name turns out to be taken, the file is stored over under its lock.
 */
final class WholeFiles {
    private static final int TRIES_MAX = 16;

    private final Resolver resolver;
    private final Namespace namespace;
    private final IdBlocks ids;
    private final Locking locking;
    private final Storing storing;
    private final ContentsIndex index;
    private final Rights rights;

    WholeFiles(
            Resolver resolver,
            Namespace namespace,
            IdBlocks ids,
            Locking locking,
            Storing storing,
            ContentsIndex index,
            Rights rights) {
        this.resolver = resolver;
        this.namespace = namespace;
        this.ids = ids;
        this.locking = locking;
        this.storing = storing;
        this.index = index;
        this.rights = rights;
    }

    Stat store(CellPath path, Delivery delivery, Cell.PutOptions options, Times times) {
        if (path.isRoot()) {
            throw Namespace.failure(FailureCode.IS_A_DIRECTORY, "is a directory", path);
        }
        if (delivery.isInline()) {
            Optional<Stat> made = makeAtOnce(path, delivery, options, times);
            if (made.isPresent()) {
                return made.get();
            }
        }
        FailureException last = null;
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            try {
                Optional<Stat> stored = lookAndStore(path, delivery, options, times);
                if (stored.isPresent()) {
                    return stored.get();
                }
            } catch (FailureException e) {
                if (e.code() != FailureCode.ALREADY_EXISTS || options.onlyNew()) {
                    throw e;
                }
                last = e;
            }
        }
        throw last != null
                ? last
                : Namespace.failure(
                        FailureCode.STALE, "others keep replacing what is at this path", path);
    }

    /** Makes the file without looking first; empty when it has to be looked for. */
    private Optional<Stat> makeAtOnce(
            CellPath path, Delivery delivery, Cell.PutOptions options, Times times) {
        Namespace.Place place = namespace.place(Spot.at(path), times.call());
        if (isKnown(place)) {
            return Optional.empty();
        }
        try {
            return Optional.of(make(place, delivery, options, times));
        } catch (FailureException e) {
            boolean look = switch (e.code()) {
                case ALREADY_EXISTS -> !options.onlyNew();
                case DENIED, STALE -> true;
                default -> false;
            };
            if (!look) {
                throw e;
            }
            if (e.code() == FailureCode.STALE) {
                place.group().vnodes().drop(List.of(place.parent()));
            }
            return Optional.empty();
        }
    }

    private static boolean isKnown(Namespace.Place place) {
        VnodeCache vnodes = place.group().vnodes();
        long generation = vnodes.peek();
        return generation != 0 && vnodes.child(place.directory(), place.name(), generation) != null;
    }

    private Stat make(
            Namespace.Place place, Delivery delivery, Cell.PutOptions options, Times times) {
        FileId file = ids.next(place.parent().volume(), times.call());
        Outcome outcome = storing.create(place, file, options.mode(), delivery, times);
        return stored(outcome, delivery.contents());
    }

    private Stat stored(Outcome outcome, Contents contents) {
        Attributes now = outcome.answer().getFile();
        index.remember(outcome.vnode(), now.getDataVersion(), contents);
        return Stats.of(now);
    }

    private Optional<Stat> lookAndStore(
            CellPath path, Delivery delivery, Cell.PutOptions options, Times times) {
        Lookup lookup = Lookup.place(!options.onlyNew());
        return switch (resolver.resolve(Spot.at(path), lookup, times.call())) {
            case Resolved.Absent absent ->
                Optional.of(make(
                        new Namespace.Place(absent.group(), absent.parent(), absent.path()),
                        delivery,
                        options,
                        times));
            case Resolved.AboveMounts above ->
                throw Namespace.failure(FailureCode.IS_A_DIRECTORY, "is a directory", path);
            case Resolved.Found found -> storeOver(path, found, delivery, options, times);
        };
    }

    /** Stores over an existing file; empty when another is at the path by now. */
    private Optional<Stat> storeOver(
            CellPath path,
            Resolved.Found found,
            Delivery delivery,
            Cell.PutOptions options,
            Times times) {
        if (options.onlyNew()) {
            throw Namespace.failure(FailureCode.ALREADY_EXISTS, "already exists", path);
        }
        Reading.requireFile(found.attributes(), path);
        rights.check(found.attributes(), Right.WRITE, path);
        Duration patience = options.lockWait();
        HeldLock lock = locking.exclusive(found, patience, holder -> {}, times);
        try {
            Resolved again = resolver.resolve(Spot.at(path), Lookup.place(true), times.call());
            if (!(again instanceof Resolved.Found now) || !now.vnode().file().equals(lock.file())) {
                return Optional.empty();
            }
            return Optional.of(storeUnder(lock, now, delivery, times));
        } finally {
            lock.release();
        }
    }

    private Stat storeUnder(HeldLock lock, Resolved.Found now, Delivery delivery, Times times) {
        Contents base = index.contents(now.vnode(), now.attributes()).orElse(Contents.EMPTY);
        long version = now.attributes().getDataVersion();
        return stored(storing.store(lock, version, base, delivery, times), delivery.contents());
    }
}
