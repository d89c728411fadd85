package holdfast.client.files;

import holdfast.client.cache.Outgoing;
import holdfast.client.files.OwnChange.Names;
import holdfast.client.files.Pushing.Target;
import holdfast.client.files.ReplicaGroup.Outcome;
import holdfast.client.session.Environment;
import holdfast.client.session.HeldLock;
import holdfast.client.session.WriterLock;
import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.LackingChunks;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.RaiseFence;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Token;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Sends new contents: the chunks that the server lacks, then one commit that names them all. */
final class Storing {
    private static final int TRIES_MAX = 4;

    /** A server names no more lacking chunks than this: then all are sent. */
    private static final int NAMED_MAX = 1_024;

    private final Environment environment;
    private final ReplicaGroups groups;
    private final Namespace namespace;
    private final Times times;
    private final LongAdder sent = new LongAdder();
    private final LongAdder stores = new LongAdder();

    Storing(Environment environment, ReplicaGroups groups, Namespace namespace, Times times) {
        this.environment = environment;
        this.groups = groups;
        this.namespace = namespace;
        this.times = times;
    }

    /**
     * New contents, perhaps not cut yet, and where their bytes lie.
     *
     * @param size bytes
     * @param source not used for inline contents
     * @param attributes to set with it; without a modification time, it is the server's
     * @param borrowed what else may have its chunks
     * @param progress told bytes sent so far
     */
    record Delivery(
            long size,
            Cut cut,
            ChunkBytes source,
            Cell.Changes attributes,
            Borrowed borrowed,
            LongConsumer progress) {

        /** Tells of the chunks as soon as they are known; returns the contents. */
        @FunctionalInterface
        interface Cut {
            Contents telling(Consumer<Piece.Chunk> found);
        }

        /** A local file. */
        static Delivery of(Outgoing file, Cell.Changes attributes, LongConsumer progress) {
            return new Delivery(
                    file.size(),
                    file::contents,
                    file::bytesOf,
                    attributes,
                    Borrowed.NONE,
                    progress);
        }

        /** A change. */
        static Delivery of(Outgoing file, Cell.Changes attributes) {
            return of(file, attributes, bytes -> {});
        }

        /** The same, of which others may have chunks. */
        Delivery borrowing(Borrowed from) {
            return new Delivery(size, cut, source, attributes, from, progress);
        }

        /** Waits until all is cut. */
        Contents contents() {
            return cut.telling(chunk -> {});
        }

        /** Whether the bytes ride in the commit. */
        boolean isInline() {
            return size <= ChunkBounds.INLINE_BYTES_MAX;
        }
    }

    /** Bytes of contents sent. */
    long sent() {
        return sent.sum();
    }

    /** Stores done. */
    long stores() {
        return stores.sum();
    }

    /**
     * Stores over {@code baseVersion}, whose contents were {@code base}, under {@code lock}. Sent
     * again when the lock's epoch was too old and could be claimed anew (4f).
     */
    Outcome store(
            WriterLock lock, long baseVersion, Contents base, Delivery delivery, Times limits) {
        HeldLock held = lock.toStore(limits.call());
        try {
            return storeUnder(held, baseVersion, base, delivery, limits);
        } finally {
            held.release();
        }
    }

    private Outcome storeUnder(
            HeldLock lock, long baseVersion, Contents base, Delivery delivery, Times limits) {
        lock.check();
        raiseFence(lock, limits.call());
        Shown shown = new Shown(lock);
        Sending sending = new Sending(
                delivery,
                hashes(base),
                () -> new Target(lock.file(), Optional.of(shown.token()), delivery.size()));
        boolean stored = false;
        try {
            Outcome outcome = sending.run(
                    collection -> {
                        Store request = request(shown.token(), baseVersion, delivery, collection);
                        return commit(lock.file(), request, limits.call());
                    },
                    e -> renewed(shown, e, limits));
            stored = true;
            return outcome;
        } finally {
            if (!stored) {
                lock.storeFailed();
            }
        }
    }

    /** A lock and the epoch that was shown last: a heartbeat may claim it anew at any time. */
    private static final class Shown {
        private final HeldLock lock;
        private long epoch;

        Shown(HeldLock lock) {
            this.lock = lock;
        }

        Token token() {
            Token token = lock.token();
            epoch = token.getEpoch();
            return token;
        }

        boolean isOld() {
            return epoch < lock.token().getEpoch();
        }
    }

    private static Set<ChunkHash> hashes(Contents contents) {
        return contents instanceof Manifest manifest
                ? manifest.chunks().map(Piece.Chunk::hash).collect(Collectors.toSet())
                : Set.of();
    }

    private static Store request(
            Token token, long baseVersion, Delivery delivery, long collection) {
        Store.Builder request = Store.newBuilder()
                .setFile(token.getFile())
                .setBaseVersion(baseVersion)
                .setToken(token)
                .setContents(WireContents.encode(delivery.contents()))
                .setSize(delivery.size())
                .setCollection(collection)
                .addAllSources(
                        delivery.isInline() ? Set.of() : delivery.borrowed().sources());
        Cell.Changes attributes = delivery.attributes();
        attributes.modified().map(Stats::time).ifPresent(request::setModified);
        AttributeChanges others = Stats.changes(attributes).toBuilder()
                .clearModified()
                .setModifiedNow(
                        attributes.modifiedNow() && attributes.modified().isEmpty())
                .build();
        if (!others.equals(AttributeChanges.getDefaultInstance())) {
            request.setAttributes(others);
        }
        return request.build();
    }

    private Outcome commit(FileId file, Store request, Deadline deadline) {
        return groups.at(
                file,
                deadline,
                group -> group.change(
                        FileMethods.STORE,
                        request,
                        new Names.Unchanged(),
                        List.of(file),
                        deadline));
    }

    /** Whether a refused store may be sent again with a token of a newer epoch. */
    private boolean renewed(Shown shown, FailureException e, Times limits) {
        boolean forEpoch = e.failure()
                        .detail(Failure.Fence.class)
                        .map(Failure.Fence::epoch)
                        .orElse(0L)
                > shown.epoch;
        if (e.code() != FailureCode.FENCED || !forEpoch) {
            return false;
        }
        if (!shown.isOld()) {
            shown.lock.claimAnew(limits.call());
        }
        if (!shown.isOld()) {
            return false;
        }
        raiseFence(shown.lock, limits.call());
        return true;
    }

    /** Changes attributes of a file, apart from a store. */
    Outcome change(FileId file, Cell.Changes changes, Times limits) {
        return namespace.change(file, changes, limits.call());
    }

    /**
     * Makes the lock's token the file's fence, when it was said to (4d); what is known of the file
     * is then asked for anew.
     */
    void raiseFence(HeldLock lock, Deadline deadline) {
        if (!lock.mustRaise()) {
            return;
        }
        RaiseFence request = RaiseFence.newBuilder()
                .setFile(lock.file().value())
                .setToken(lock.token())
                .build();
        groups.at(lock.file(), deadline, group -> {
            var answered = group.connection().change(FileMethods.RAISE_FENCE, request, deadline);
            // A store under an older lock may have come first, and its break not yet.
            group.vnodes().drop(List.of(lock.file()));
            return answered;
        });
        lock.raised();
    }

    /** Makes a file with its contents, all in one commit. */
    Outcome create(Namespace.Place place, FileId file, int mode, Delivery delivery, Times limits) {
        return create(
                place, file, Namespace.creating(FileType.FILE, mode).build(), delivery, limits);
    }

    /** The same as {@code what} says. */
    Outcome create(
            Namespace.Place place, FileId file, Create what, Delivery delivery, Times limits) {
        Sending sending = new Sending(
                delivery,
                Set.of(),
                () -> new Target(place.parent(), Optional.empty(), delivery.size()));
        return sending.run(
                collection -> {
                    Create.Builder request = what.toBuilder()
                            .addAllSources(
                                    delivery.isInline()
                                            ? Set.of()
                                            : delivery.borrowed().sources())
                            .setContents(WireContents.encode(delivery.contents()))
                            .setSize(delivery.size())
                            .setCollection(collection);
                    delivery.attributes()
                            .modified()
                            .map(Stats::time)
                            .ifPresent(request::setModified);
                    return namespace.make(place, file, request.build(), limits.call());
                },
                e -> false);
    }

    /** Commits; returns what came of it. */
    @FunctionalInterface
    private interface Commit {
        Outcome with(long collection);
    }

    /** Decides whether a refused commit is tried again. */
    @FunctionalInterface
    private interface Remedy {
        boolean after(FailureException e);
    }

    /** One delivery under way. */
    private final class Sending {
        private final Delivery delivery;
        private final Set<ChunkHash> there;
        private final Supplier<Target> target;
        private long collection = Long.MAX_VALUE;

        Sending(Delivery delivery, Set<ChunkHash> there, Supplier<Target> target) {
            this.delivery = delivery;
            this.there = new HashSet<>(there);
            this.there.addAll(delivery.borrowed().hashes());
            this.target = target;
        }

        Outcome run(Commit commit, Remedy remedy) {
            boolean pushed = false;
            for (int tries = 1; ; tries++) {
                try {
                    if (!pushed) {
                        push(there);
                        pushed = true;
                    }
                    Outcome outcome = commit.with(collection == Long.MAX_VALUE ? 0 : collection);
                    done();
                    return outcome;
                } catch (FailureException e) {
                    if (tries == TRIES_MAX) {
                        throw e;
                    } else if (e.code() == FailureCode.LACKS_CHUNKS) {
                        pushLacking(e);
                    } else if (!remedy.after(e)) {
                        throw e;
                    }
                }
            }
        }

        private void done() {
            stores.increment();
            if (delivery.isInline()) {
                sent.add(delivery.size());
            }
        }

        /** Sends the chunks that {@code except} does not hold. */
        private void push(Set<ChunkHash> except) {
            if (delivery.isInline()) {
                return;
            }
            if (!except.isEmpty() || !pushWhileCutting()) {
                pushKnown(except);
            }
        }

        /**
         * As long as nothing is known to be there, each chunk is sent as soon as it is found; all
         * bytes are announced, since nobody knows of holes and repetitions yet. False when there is
         * no room for so many.
         */
        private boolean pushWhileCutting() {
            Pushing pushing = pushing(delivery.size());
            try {
                delivery.cut().telling(pushing::add);
                finish(pushing);
                return true;
            } catch (FailureException e) {
                if (e.code() != FailureCode.NO_SPACE && e.code() != FailureCode.QUOTA_EXCEEDED) {
                    throw e;
                }
                return false;
            } finally {
                end(pushing);
            }
        }

        private void pushKnown(Set<ChunkHash> except) {
            Set<Piece.Chunk> lacking = lacking(except);
            if (lacking.isEmpty()) {
                return;
            }
            long bytes = lacking.stream().mapToLong(Piece.Chunk::length).sum();
            Pushing pushing = pushing(bytes);
            try {
                lacking.forEach(pushing::add);
                finish(pushing);
            } finally {
                end(pushing);
            }
        }

        private Pushing pushing(long newBytes) {
            return new Pushing(
                    environment,
                    groups,
                    times,
                    target.get(),
                    newBytes,
                    delivery.source(),
                    delivery.progress());
        }

        private void finish(Pushing pushing) {
            pushing.finish();
            collection = Math.min(collection, pushing.collection());
        }

        private void end(Pushing pushing) {
            pushing.close();
            sent.add(pushing.sent());
        }

        private Set<Piece.Chunk> lacking(Set<ChunkHash> except) {
            return delivery.contents() instanceof Manifest manifest
                    ? manifest.chunks()
                            .filter(chunk -> !except.contains(chunk.hash()))
                            .collect(Collectors.toCollection(LinkedHashSet::new))
                    : Set.of();
        }

        private void pushLacking(FailureException e) {
            Optional<LackingChunks> named = e.failure().detail(LackingChunks.class);
            if (named.isEmpty() || named.get().hashes().size() >= NAMED_MAX) {
                collection = Long.MAX_VALUE;
                pushKnown(Set.of());
                return;
            }
            Set<ChunkHash> except = new HashSet<>(hashes(delivery.contents()));
            except.removeAll(Set.copyOf(named.get().hashes()));
            pushKnown(except);
        }
    }
}
