package holdfast.mount.fuse;

/** How the kernel is to treat one open file. {@code FOPEN_} in the protocol. */
public enum OpenFlag {
    /** Reads and writes come here, past the kernel's cache. */
    DIRECT_IO(1),
    /** What the kernel has cached of the file stays; else the open drops it. */
    KEEP_CACHE(1 << 1),
    /** {@code lseek} fails. */
    NONSEEKABLE(1 << 2),
    /** The kernel may keep a directory's listing. */
    CACHE_DIRECTORY(1 << 3),
    /** Like a pipe: no position at all. */
    STREAM(1 << 4),
    /** No {@link FuseFileSystem#flush} at close. */
    NO_FLUSH(1 << 5),
    /** Direct writes of one file may come at the same time. */
    PARALLEL_DIRECT_WRITES(1 << 6);

    static final int PASSTHROUGH_BIT = 1 << 7;

    private final int bit;

    OpenFlag(int bit) {
        this.bit = bit;
    }

    int bit() {
        return bit;
    }
}
