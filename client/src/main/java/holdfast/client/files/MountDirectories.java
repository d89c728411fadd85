package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;

import java.time.Instant;
import java.util.Optional;

/**
 * Directories that exist only because volumes are mounted below them, in a cell without a volume
 * there. They belong to nobody and can't be changed. Their identities lie in the last volume
 * number, which no volume is given.
 */
final class MountDirectories {
    private static final int MODE = 0555;

    private MountDirectories() {}

    /** Whether it is one of them. */
    static boolean contains(FileId file) {
        return file.volume() == FileId.VOLUME_MAX;
    }

    static Stat stat(CellPath path) {
        long vnode = 1 + (Integer.toUnsignedLong(path.hashCode()) & 0xffff_ffffL);
        return new Stat(
                FileId.of(FileId.VOLUME_MAX, vnode),
                Stat.Type.DIRECTORY,
                MODE,
                "root",
                "root",
                2,
                0,
                0,
                0,
                0,
                Instant.EPOCH,
                Instant.EPOCH,
                Instant.EPOCH,
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty(),
                0,
                false,
                Optional.empty(),
                Optional.empty());
    }
}
