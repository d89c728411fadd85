package holdfast.model.volume;

/** The bounds of vnodes: every list of theirs has one (rule 12). */
public final class VnodeBounds {
    /** The most names one file may have; beyond it, EMLINK. */
    public static final int LINKS_MAX = 65_000;

    /** The most bytes of a symbolic link's target (POSIX: PATH_MAX less the NUL). */
    public static final int TARGET_BYTES_MAX = 4_095;

    /** The most bytes of an extended attribute's name (Linux: XATTR_NAME_MAX). */
    public static final int XATTR_NAME_BYTES_MAX = 255;

    /** The most bytes of an extended attribute's value (Linux: XATTR_SIZE_MAX). */
    public static final int XATTR_VALUE_BYTES_MAX = 64 * 1024;

    /** The most bytes of all names and values of one vnode's extended attributes. */
    public static final int XATTRS_BYTES_MAX = 256 * 1024;

    /** The most bytes of an access list as text: some fifty users and groups. */
    public static final int ACCESS_LIST_BYTES_MAX = 1_024;

    /** The most bytes of a user's or group's name. */
    public static final int PRINCIPAL_BYTES_MAX = 255;

    /** 0001-01-01T00:00:00Z in seconds since 1970: the earliest time a vnode can carry. */
    public static final long TIME_SECONDS_MIN = -62_135_596_800L;

    /** 9999-12-31T23:59:59Z in seconds since 1970: the latest. */
    public static final long TIME_SECONDS_MAX = 253_402_300_799L;

    private VnodeBounds() {}
}
