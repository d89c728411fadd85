package holdfast.mount.fuse;

import java.util.Optional;
import java.util.Set;

/**
 * An open file or directory.
 *
 * @param handle comes back with each operation on it
 * @param flags how the kernel treats it
 * @param backing the local file that the kernel reads and writes instead of asking
 */
public record Opened(long handle, Set<OpenFlag> flags, Optional<Backing> backing) {
    /** Copies the set. */
    public Opened {
        flags = Set.copyOf(flags);
    }

    /** A file whose reads and writes come here. */
    public static Opened of(long handle, OpenFlag... flags) {
        return new Opened(handle, Set.of(flags), Optional.empty());
    }

    /**
     * A file that the kernel reads and writes itself. While an inode is open this way, each other
     * open of it must name the same {@code backing}, or the kernel fails it with EIO.
     */
    public static Opened through(long handle, Backing backing) {
        return new Opened(handle, Set.of(), Optional.of(backing));
    }

    int bits() {
        int bits = backing.isPresent() ? OpenFlag.PASSTHROUGH_BIT : 0;
        for (OpenFlag flag : flags) {
            bits |= flag.bit();
        }
        return bits;
    }
}
