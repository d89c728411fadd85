package holdfast.model.volume;

/** What the bits of a mode beside read, write and execute mean (POSIX.1-2024, chmod, chown). */
public final class ModeBits {
    /** All bits that a mode may have. */
    public static final int ALL = 07777;

    /** What owner, group and others may do. */
    public static final int PERMISSIONS = 0777;

    /** A file that runs as its owner. */
    public static final int SET_USER = 04000;

    /** A file that runs as its group; of a directory: what is made in it gets its group. */
    public static final int SET_GROUP = 02000;

    /** Of a directory: only owners remove or rename what is in it. */
    public static final int STICKY = 01000;

    private static final int GROUP_EXECUTE = 0010;

    private ModeBits() {}

    /** Whether {@code mode} is one. */
    public static boolean valid(int mode) {
        return (mode & ~ALL) == 0;
    }

    /** Whether {@code mode} has {@code bit}. */
    public static boolean has(int mode, int bit) {
        return (mode & bit) != 0;
    }

    /**
     * The mode of a file whose contents or owner were changed by somebody without privileges: it
     * does not run as somebody else any more. Set-group without group execute is no privilege, and
     * stays when a {@code member} of the file's group made the change.
     */
    public static int withoutPrivileges(int mode, boolean member) {
        int kept = mode & ~SET_USER;
        return member && !has(mode, GROUP_EXECUTE) ? kept : kept & ~SET_GROUP;
    }
}
