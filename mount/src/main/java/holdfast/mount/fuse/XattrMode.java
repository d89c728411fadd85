package holdfast.mount.fuse;

/** Whether an extended attribute must exist before it is set. See setxattr(2). */
public enum XattrMode {
    /** No matter. */
    ANY,
    /** It must not: EEXIST. */
    CREATE,
    /** It must: ENODATA. */
    REPLACE
}
