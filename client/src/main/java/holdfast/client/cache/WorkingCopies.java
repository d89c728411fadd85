package holdfast.client.cache;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.Manifest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.OptionalLong;

/** Makes working copies, in the cheapest way that the local file system has. */
final class WorkingCopies {
    /** Marks lie in 1979 and after, below the seals of objects. */
    private static final long MARK_BASE = 300_000_000L;

    private final Cache cache;
    private final WorkFolder work;
    private final OpenTable table;
    private final ObjectStore objects;
    private final Space space;

    WorkingCopies(Cache cache, WorkFolder work, OpenTable table, ObjectStore objects, Space space) {
        this.cache = cache;
        this.work = work;
        this.table = table;
        this.objects = objects;
        this.space = space;
    }

    /** Empty; changed from the start. */
    WorkingCopy empty(WorkingCopy.About about) throws IOException {
        WorkRecord record = record(about, 0, Optional.empty());
        work.create(record);
        Path data = work.data(record.id());
        Files.write(data, new byte[0], StandardOpenOption.CREATE_NEW);
        mark(data, record);
        return new WorkingCopy(work, cache, record, WorkingCopy.Start.ANEW, Optional.empty());
    }

    private WorkRecord record(WorkingCopy.About about, long size, Optional<Manifest> manifest) {
        return new WorkRecord(
                work.newId(),
                about,
                size,
                manifest,
                MARK_BASE,
                cache.nowMillis(),
                Optional.empty());
    }

    private void mark(Path data, WorkRecord record) throws IOException {
        FileFacts.setTimes(data, cache.nowSeconds(), OptionalLong.of(record.mark()));
    }

    /** Like {@code base}, which is closed. */
    WorkingCopy of(CachedFile base, WorkingCopy.About about) throws IOException {
        try (base) {
            WorkRecord record = record(about, base.size(), base.manifest());
            work.create(record);
            Path data = work.data(record.id());
            boolean made = false;
            try {
                boolean taken = make(base, data);
                mark(data, record);
                made = true;
                WorkingCopy.Start start =
                        taken ? WorkingCopy.Start.AS_BASE : WorkingCopy.Start.LIKE_BASE;
                return new WorkingCopy(work, cache, record, start, Optional.of(base.id()));
            } finally {
                if (!made) {
                    work.remove(record.id());
                }
            }
        }
    }

    /** True when the cached object itself was taken. */
    private boolean make(CachedFile base, Path data) throws IOException {
        if (base.size() <= ChunkBounds.INLINE_BYTES_MAX) {
            copySmall(base, data);
            return false;
        }
        if (cloned(base, data)) {
            return false;
        }
        if (taken(base, data)) {
            return true;
        }
        if (!Files.exists(data)) {
            copy(base.path(), data);
        }
        return false;
    }

    private void copySmall(CachedFile base, Path data) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) base.size());
        while (bytes.hasRemaining()) {
            if (base.channel().read(bytes, bytes.position()) < 0) {
                throw new IOException("the cached file is shorter than it was");
            }
        }
        try {
            Files.write(data, bytes.array());
        } catch (IOException e) {
            if (!Failures.noSpace(e) || !space.freeUp(base.size())) {
                throw e;
            }
            Files.write(data, bytes.array());
        }
    }

    private static boolean cloned(CachedFile base, Path data) throws IOException {
        if (!Posix.AVAILABLE) {
            return false;
        }
        Files.write(data, new byte[0], StandardOpenOption.CREATE_NEW);
        try (Posix.Descriptor from = Posix.Descriptor.open(base.path(), false);
                Posix.Descriptor to = Posix.Descriptor.open(data, true)) {
            if (to.cloneOf(from)) {
                return true;
            }
        }
        Files.delete(data);
        return false;
    }

    /** Takes the cached object itself, when nobody but the caller has it open. */
    private boolean taken(CachedFile base, Path data) throws IOException {
        OpenObject object = base.object();
        if (!table.takeOut(object)) {
            return false;
        }
        boolean _ = base.surrender();
        try {
            if (!objects.takeAlone(object.id(), data, 1)) {
                copy(object.path(), data); // another process has it open, or it was evicted
                return false;
            }
        } finally {
            object.drop();
        }
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rw-------"));
        space.removed(Space.footprint(base.size()));
        return true;
    }

    private void copy(Path from, Path to) throws IOException {
        try {
            Trees.copy(from, to);
        } catch (IOException e) {
            long bytes = Files.size(from);
            if (!Failures.noSpace(e) || !space.freeUp(bytes)) {
                throw e;
            }
            Trees.copy(from, to);
        }
    }
}
