package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Inline;
import holdfast.model.chunk.Manifest;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Brings objects into the cache; in this process each only once at a time. */
final class Fillings {
    private static final long MANIFEST_BYTES = 4096;
    private static final int ROUNDS_MAX = 100;
    private static final Logger LOG = LoggerFactory.getLogger(Fillings.class);

    private final ProcessFolder process;
    private final ObjectStore objects;
    private final PartialStore partials;
    private final OpenTable table;
    private final Space space;
    private final int fetchesMax;
    private final ConcurrentMap<ContentId, Filling> running = new ConcurrentHashMap<>();

    Fillings(
            ProcessFolder process,
            ObjectStore objects,
            PartialStore partials,
            OpenTable table,
            Space space,
            int fetchesMax) {
        this.process = process;
        this.objects = objects;
        this.partials = partials;
        this.table = table;
        this.space = space;
        this.fetchesMax = fetchesMax;
    }

    /**
     * An object that was opened.
     *
     * @param filling by which it is still coming; else it is of the table
     */
    record Opened(OpenObject object, boolean fromCache, Optional<Filling> filling) {
        static Opened whole(OpenObject object, boolean fromCache) {
            return new Opened(object, fromCache, Optional.empty());
        }
    }

    static Optional<Manifest> manifestOf(Contents contents) {
        return switch (contents) {
            case Manifest manifest -> Optional.of(manifest);
            case Inline _ -> Optional.empty();
        };
    }

    /** The disk space that an object takes with what lies beside it. */
    static long footprint(Contents contents) {
        return footprint(contents.storedBytes(), contents instanceof Manifest);
    }

    static long footprint(long storedBytes, boolean manifestBeside) {
        return Space.footprint(storedBytes) + (manifestBeside ? MANIFEST_BYTES : 0);
    }

    /** The object, when it is here. */
    Optional<OpenObject> find(ContentId id, long size, Optional<Manifest> manifest)
            throws IOException {
        Optional<OpenObject> open = table.acquire(id);
        if (open.isPresent()) {
            return open;
        }
        Optional<Path> own = objects.link(id, size, manifest);
        return own.isEmpty()
                ? Optional.empty()
                : Optional.of(table.add(new OpenObject(id, own.get(), size)));
    }

    /**
     * The object, brought by {@code filler} when it is not here.
     *
     * @param streaming whether it may still be coming when this returns
     */
    Opened open(Contents contents, Filler filler, boolean streaming, Deadline deadline)
            throws IOException {
        ContentId id = contents.id();
        boolean fromCache = true;
        for (int round = 0; round < ROUNDS_MAX; round++) {
            Optional<OpenObject> here = find(id, contents.size(), manifestOf(contents));
            if (here.isPresent()) {
                return Opened.whole(here.get(), fromCache);
            }
            fromCache = false;
            Filling mine = new Filling();
            Filling other = running.putIfAbsent(id, mine);
            if (other == null) {
                return lead(contents, filler, streaming, deadline, mine);
            }
            OpenObject coming = streaming ? other.join() : null;
            if (coming != null) {
                return new Opened(coming, false, Optional.of(other));
            }
            await(other.end(), deadline);
        }
        throw FailureException.of(
                FailureCode.LIMIT,
                "the contents were evicted again and again while they were opened");
    }

    private Opened lead(
            Contents contents, Filler filler, boolean streaming, Deadline deadline, Filling mine)
            throws IOException {
        try {
            Optional<OpenObject> here = table.acquire(contents.id()); // filled just now
            if (here.isEmpty() && streaming && contents instanceof Manifest manifest) {
                return stream(manifest, filler, deadline, mine);
            }
            OpenObject object =
                    here.isPresent() ? here.get() : fill(contents, filler, deadline, mine);
            end(contents.id(), mine);
            return Opened.whole(object, false);
        } catch (IOException | RuntimeException | Error e) {
            end(contents.id(), mine, e);
            throw e;
        }
    }

    // Taken from the running ones before it is completed: who waited may begin one of its own.

    private void end(ContentId id, Filling mine) {
        running.remove(id, mine);
        mine.end().complete(null);
    }

    private void end(ContentId id, Filling mine, Throwable why) {
        running.remove(id, mine);
        mine.end().completeExceptionally(why);
    }

    /**
     * Waits for another thread's filling. When that ended for reasons of its own, this one may try.
     */
    private static void await(CompletableFuture<Void> other, Deadline deadline) throws IOException {
        try {
            other.get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw FailureException.of(FailureCode.TIMED_OUT, "fetching did not end in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case FailureException failure when isItsOwn(failure.code()) -> {}
                case FailureException failure -> throw failure;
                case IOException io -> throw io;
                case null, default ->
                    throw FailureException.of(
                            FailureCode.INTERNAL, "fetching failed: " + e.getCause());
            }
        }
    }

    private static boolean isItsOwn(FailureCode code) {
        return code == FailureCode.TIMED_OUT || code == FailureCode.CANCELLED;
    }

    private OpenObject fill(Contents contents, Filler filler, Deadline deadline, Filling mine)
            throws IOException {
        try {
            return reserveAndFill(contents, filler, deadline, mine);
        } catch (IOException e) {
            if (!Failures.noSpace(e) || !space.freeUp(footprint(contents))) {
                throw e;
            }
            return reserveAndFill(contents, filler, deadline, mine);
        }
    }

    private OpenObject reserveAndFill(
            Contents contents, Filler filler, Deadline deadline, Filling mine) throws IOException {
        ContentId id = contents.id();
        long bytes = footprint(contents);
        space.reserve(bytes, deadline);
        boolean done = false;
        Path own = process.fill();
        try {
            switch (contents) {
                case Inline inline ->
                    Files.write(own, inline.bytes(), StandardOpenOption.CREATE_NEW);
                case Manifest manifest ->
                    bring(prepare(manifest, own), own, filler, deadline, mine);
            }
            objects.add(id, manifestOf(contents), own);
            space.settle(bytes);
            done = true;
            return table.add(new OpenObject(id, own, contents.size()));
        } finally {
            if (!done) {
                Files.deleteIfExists(own);
                space.cancel(bytes);
            }
        }
    }

    /** Opens what has come so far; a thread of its own brings the rest. */
    private Opened stream(Manifest manifest, Filler filler, Deadline deadline, Filling mine)
            throws IOException {
        long bytes = footprint(manifest);
        space.reserve(bytes, deadline);
        boolean begun = false;
        Path own = process.fill();
        try {
            PieceMap map = prepare(manifest, own);
            OpenObject object = new OpenObject(manifest.id(), own, manifest.size());
            mine.streams(object, map, deadline);
            Thread _ = Thread.ofVirtual()
                    .name("holdfast-stream")
                    .start(() -> bringStream(object, map, filler, deadline, mine));
            begun = true;
            return new Opened(object, false, Optional.of(mine));
        } finally {
            if (!begun) {
                Files.deleteIfExists(own);
                space.cancel(bytes);
            }
        }
    }

    @SuppressWarnings("CatchingUnchecked") // goes to those who read
    private void bringStream(
            OpenObject object, PieceMap map, Filler filler, Deadline deadline, Filling mine) {
        Manifest manifest = map.manifest();
        long bytes = footprint(manifest);
        try {
            try {
                bring(map, object.path(), filler, deadline, mine);
                objects.add(manifest.id(), Optional.of(manifest), object.path());
                space.settle(bytes);
            } catch (IOException | RuntimeException | Error e) {
                space.cancel(bytes);
                end(manifest.id(), mine, e);
                mine.failed(object, failure(e));
                return;
            }
            object.isWhole();
            boolean kept = table.offer(object);
            end(manifest.id(), mine);
            mine.done(object, kept ? table::release : OpenObject::drop);
        } catch (IOException e) {
            LOG.warn("A streamed file could not be let go of: {}", e.toString());
        }
    }

    private static FailureException failure(Throwable e) {
        return switch (e) {
            case FailureException failure -> failure;
            case IOException io
            when Failures.noSpace(io) ->
                FailureException.of(FailureCode.NO_SPACE, "on this machine: " + io.getMessage());
            case IOException io ->
                FailureException.of(FailureCode.LOCAL_IO, "on this machine: " + io.getMessage());
            default -> FailureException.of(FailureCode.INTERNAL, "fetching failed: " + e);
        };
    }

    /** Makes {@code own} as large as it will be, with what was brought of it before. */
    private PieceMap prepare(Manifest manifest, Path own) throws IOException {
        Optional<PartialStore.Taken> taken = partials.take(manifest.id());
        if (taken.isPresent()) {
            PieceMap map = taken.get().map();
            space.removed(Space.footprint(map.presentBytes()));
            Files.move(taken.get().data(), own, StandardCopyOption.ATOMIC_MOVE);
            Trees.remove(taken.get().home());
            return map;
        }
        try (RandomAccessFile file = new RandomAccessFile(own.toFile(), "rw")) {
            file.setLength(manifest.size());
        }
        return PieceMap.none(manifest);
    }

    private void bring(PieceMap map, Path own, Filler filler, Deadline deadline, Filling mine)
            throws IOException {
        try {
            Fill.run(map, mine, own, filler, fetchesMax, deadline);
        } catch (IOException | RuntimeException | Error e) {
            if (map.presentBytes() > 0) {
                partials.put(map.manifest().id(), map, own);
                space.added(Space.footprint(map.presentBytes()));
            }
            throw e;
        }
    }
}
