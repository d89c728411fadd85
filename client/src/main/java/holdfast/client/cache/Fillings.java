package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Inline;
import holdfast.model.chunk.Manifest;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

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

    private final ProcessFolder process;
    private final ObjectStore objects;
    private final PartialStore partials;
    private final OpenTable table;
    private final Space space;
    private final int fetchesMax;
    private final ConcurrentMap<ContentId, CompletableFuture<Void>> running =
            new ConcurrentHashMap<>();

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

    record Opened(OpenObject object, boolean fromCache) {}

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

    /** The object, brought by {@code filler} when it is not here. */
    Opened open(Contents contents, Filler filler, Deadline deadline) throws IOException {
        ContentId id = contents.id();
        boolean fromCache = true;
        for (int round = 0; round < ROUNDS_MAX; round++) {
            Optional<OpenObject> here = find(id, contents.size(), manifestOf(contents));
            if (here.isPresent()) {
                return new Opened(here.get(), fromCache);
            }
            fromCache = false;
            CompletableFuture<Void> mine = new CompletableFuture<>();
            CompletableFuture<Void> other = running.putIfAbsent(id, mine);
            if (other == null) {
                return new Opened(lead(id, contents, filler, deadline, mine), false);
            }
            await(other, deadline);
        }
        throw FailureException.of(
                FailureCode.LIMIT,
                "the contents were evicted again and again while they were opened");
    }

    private OpenObject lead(
            ContentId id,
            Contents contents,
            Filler filler,
            Deadline deadline,
            CompletableFuture<Void> mine)
            throws IOException {
        // Taken from the running ones before it is completed: who waited may begin one of its own.
        try {
            Optional<OpenObject> here = table.acquire(id); // filled just now
            OpenObject object =
                    here.isPresent() ? here.get() : fill(id, contents, filler, deadline);
            running.remove(id, mine);
            mine.complete(null);
            return object;
        } catch (IOException | RuntimeException | Error e) {
            running.remove(id, mine);
            mine.completeExceptionally(e);
            throw e;
        }
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

    private OpenObject fill(ContentId id, Contents contents, Filler filler, Deadline deadline)
            throws IOException {
        try {
            return reserveAndFill(id, contents, filler, deadline);
        } catch (IOException e) {
            if (!Failures.noSpace(e) || !space.freeUp(footprint(contents))) {
                throw e;
            }
            return reserveAndFill(id, contents, filler, deadline);
        }
    }

    private OpenObject reserveAndFill(
            ContentId id, Contents contents, Filler filler, Deadline deadline) throws IOException {
        long bytes = footprint(contents);
        space.reserve(bytes, deadline);
        boolean done = false;
        Path own = process.fill();
        try {
            switch (contents) {
                case Inline inline ->
                    Files.write(own, inline.bytes(), StandardOpenOption.CREATE_NEW);
                case Manifest manifest -> bring(id, manifest, own, filler, deadline);
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

    private void bring(ContentId id, Manifest manifest, Path own, Filler filler, Deadline deadline)
            throws IOException {
        Optional<PartialStore.Taken> taken = partials.take(id);
        PieceMap map;
        if (taken.isPresent()) {
            map = taken.get().map();
            space.removed(Space.footprint(map.presentBytes()));
            Files.move(taken.get().data(), own, StandardCopyOption.ATOMIC_MOVE);
            Trees.remove(taken.get().home());
        } else {
            map = PieceMap.none(manifest);
            try (RandomAccessFile file = new RandomAccessFile(own.toFile(), "rw")) {
                file.setLength(manifest.size());
            }
        }
        try {
            Fill.run(map, own, filler, fetchesMax, deadline);
        } catch (IOException | RuntimeException | Error e) {
            if (map.presentBytes() > 0) {
                partials.put(id, map, own);
                space.added(Space.footprint(map.presentBytes()));
            }
            throw e;
        }
    }
}
