package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.time.Deadline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/**
 * Removes what was not used for longest. One process at a time, under the folder's lock. It counts
 * the folder anew each time, so the shared counter can't be wrong for long. An object is only
 * unlinked (or, when it is large, taken away, punched and put back as a partial one): whoever
 * linked it first keeps it.
 */
final class Eviction {
    private static final int ROUNDS_MAX = 16;
    private static final int EMERGENCY_OBJECTS = 64;

    private final Folder folder;
    private final ObjectStore objects;
    private final PartialStore partials;
    private final ProcessFolder process;
    private final Usage usage;
    private final long largeBytes;

    Eviction(
            Folder folder,
            ObjectStore objects,
            PartialStore partials,
            ProcessFolder process,
            Usage usage,
            long budget) {
        this.folder = folder;
        this.objects = objects;
        this.partials = partials;
        this.process = process;
        this.usage = usage;
        this.largeBytes = budget / 4;
    }

    /**
     * Evicts until no more than {@code goal} bytes are taken; false when there is not enough left
     * to evict.
     */
    boolean shrinkTo(long goal, Deadline deadline) throws IOException {
        try (FolderLock _ = FolderLock.take(folder.lock(), deadline)) {
            for (int round = 0; round < ROUNDS_MAX; round++) {
                long before = usage.used();
                Scan scan = Scan.of(folder);
                usage.correct(before, scan.bytes());
                long excess = usage.used() - goal;
                if (excess <= 0) {
                    return true;
                }
                if (evict(scan.oldest(), excess) == 0) {
                    return false;
                }
            }
        }
        return usage.used() <= goal;
    }

    /** Evicts {@code bytes}; returns how many it freed. */
    long free(long bytes, Deadline deadline) throws IOException {
        try (FolderLock _ = FolderLock.take(folder.lock(), deadline)) {
            return evict(Scan.of(folder).oldest(), bytes);
        }
    }

    /** Evicts everything that can be; returns the bytes freed. */
    long clear(Deadline deadline) throws IOException {
        try (FolderLock _ = FolderLock.take(folder.lock(), deadline)) {
            long freed = 0;
            for (Scan.Found found : Scan.of(folder).oldest()) {
                freed += remove(found);
            }
            return freed;
        }
    }

    /**
     * The disk is too full even to open the cache: removes a few of the oldest objects; false when
     * there are none.
     */
    static boolean makeRoom(Folder folder) throws IOException {
        boolean any = false;
        for (Scan.Found found :
                Scan.of(folder).oldest().stream().limit(EMERGENCY_OBJECTS).toList()) {
            any |= found.whole() && Files.deleteIfExists(folder.object(found.id()));
        }
        return any;
    }

    private long evict(List<Scan.Found> oldest, long bytes) throws IOException {
        long freed = 0;
        for (Scan.Found found : oldest) {
            if (freed >= bytes) {
                break;
            }
            boolean punchable = found.bytes() > largeBytes && Posix.AVAILABLE;
            freed += punchable ? punch(found, bytes - freed) : remove(found);
        }
        return freed;
    }

    private long remove(Scan.Found found) throws IOException {
        if (found.whole()) {
            objects.remove(found.id());
        } else if (!partials.remove(found.id())) {
            return 0;
        }
        usage.removed(found.bytes());
        return found.bytes();
    }

    /** Frees a part of a large object, from its end on. */
    private long punch(Scan.Found found, long bytes) throws IOException {
        Optional<PartialStore.Taken> taken =
                found.whole() ? takeWhole(found.id()) : partials.take(found.id());
        if (taken.isEmpty()) {
            return 0;
        }
        Path data = taken.get().data();
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rw-------"));
        punch(taken.get().map(), data, bytes);
        long left = FileFacts.of(data).map(FileFacts::allocated).orElse(0L);
        if (taken.get().map().present().isEmpty()) {
            Trees.remove(taken.get().home());
            left = 0;
        } else {
            partials.putBack(found.id(), taken.get());
        }
        long freed = Math.max(0, found.bytes() - left);
        usage.removed(freed);
        return freed;
    }

    private Optional<PartialStore.Taken> takeWhole(ContentId id) throws IOException {
        Optional<Manifest> manifest = objects.manifest(id);
        if (manifest.isEmpty()) {
            objects.remove(id);
            return Optional.empty();
        }
        Path home = process.fresh();
        Files.createDirectory(home);
        if (!objects.takeAlone(id, home.resolve(PartialStore.DATA), 0)) {
            Trees.remove(home);
            return Optional.empty();
        }
        Files.deleteIfExists(folder.manifest(id));
        return Optional.of(new PartialStore.Taken(home, PieceMap.all(manifest.get())));
    }

    private static void punch(PieceMap map, Path data, long bytes) throws IOException {
        long position = map.manifest().size();
        long freed = 0;
        List<Piece> pieces = map.manifest().pieces();
        try (Posix.Descriptor descriptor = Posix.Descriptor.open(data, true)) {
            for (int i = pieces.size() - 1; i >= 0 && freed < bytes; i--) {
                Piece piece = pieces.get(i);
                position -= piece.length();
                if (map.present().get(i) && piece.storedBytes() > 0) {
                    descriptor.punch(position, piece.length());
                    freed += piece.length();
                }
                map.present().clear(i);
            }
        }
    }
}
