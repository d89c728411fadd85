package holdfast.mount.fuse;

/** What a rename does with a target that exists. See renameat2(2). */
public enum RenameMode {
    /** It is replaced. */
    REPLACE,
    /** The rename fails with EEXIST. */
    NO_REPLACE,
    /** The two change places; both must exist. */
    EXCHANGE
}
