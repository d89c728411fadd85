package holdfast.mount.fuse;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a kernel may offer and a file system may want. A mount has those that both do: see
 * {@link FuseMount#features}.
 */
public enum Feature {
    /** fcntl(2)'s locks come here; without it the kernel keeps them for this machine. */
    POSIX_LOCKS(1L << 1),
    /** flock(2)'s locks come here; without it the kernel keeps them for this machine. */
    FLOCK(1L << 10),
    /** The umask is left to the file system. */
    OWN_UMASK(1L << 6),
    /** Listings bring their entries' status where the kernel sees a use for it. */
    LISTING_WITH_STATUS(1L << 13 | 1L << 14),
    /** The kernel checks POSIX access lists, which it asks for as extended attributes. */
    ACCESS_LISTS(1L << 20),
    /** The kernel keeps what symbolic links say until their inode is invalidated. */
    CACHED_SYMBOLIC_LINKS(1L << 23),
    /** An entry can be made to be looked up again without being dropped. */
    EXPIRED_ENTRIES(1L << 35),
    /** Shared mappings of files opened with {@link OpenFlag#DIRECT_IO}. */
    DIRECT_IO_MAPPINGS(1L << 36),
    /** The kernel reads and writes local files itself; needs CAP_SYS_ADMIN. */
    PASSTHROUGH(1L << 37);

    private final long bits;

    Feature(long bits) {
        this.bits = bits;
    }

    /** What suits a file system that leaves locks and access lists to the kernel. */
    public static Set<Feature> usual() {
        return EnumSet.of(
                LISTING_WITH_STATUS,
                CACHED_SYMBOLIC_LINKS,
                EXPIRED_ENTRIES,
                DIRECT_IO_MAPPINGS,
                PASSTHROUGH);
    }

    long bits() {
        return bits;
    }
}
