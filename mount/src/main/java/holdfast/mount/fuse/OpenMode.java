package holdfast.mount.fuse;

/**
 * What a program wants of an open file.
 *
 * @param bits {@code flags} of open(2), without {@code O_CREAT} and {@code O_NOCTTY}
 */
public record OpenMode(int bits) {
    private static final int ACCESS = 3;
    private static final int WRITE_ONLY = 1;
    private static final int READ_WRITE = 2;
    private static final int EXCLUSIVE = 0200;
    private static final int TRUNCATE = 01000;
    private static final int APPEND = 02000;
    private static final int DATA_SYNC = 010000;

    /** As for a file that is made to be written. */
    public static OpenMode newFile() {
        return new OpenMode(WRITE_ONLY | EXCLUSIVE);
    }

    /** Whether it may be read. */
    public boolean reads() {
        return (bits & ACCESS) != WRITE_ONLY;
    }

    /** Whether it may be written. */
    public boolean writes() {
        int access = bits & ACCESS;
        return access == WRITE_ONLY || access == READ_WRITE;
    }

    /** Whether the contents are to go. */
    public boolean truncates() {
        return (bits & TRUNCATE) != 0;
    }

    /** Whether each write goes to the end; the kernel then knows the offset by its own size. */
    public boolean appends() {
        return (bits & APPEND) != 0;
    }

    /** Whether creating fails when the name exists. */
    public boolean exclusive() {
        return (bits & EXCLUSIVE) != 0;
    }

    /** Whether each write is durable when it returns. */
    public boolean syncs() {
        return (bits & DATA_SYNC) != 0;
    }
}
