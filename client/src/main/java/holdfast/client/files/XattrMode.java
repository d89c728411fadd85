package holdfast.client.files;

/** Whether an extended attribute must be there before it is set (setxattr(2)). */
public enum XattrMode {
    /** No matter. */
    ANY,
    /** It must not: else ALREADY_EXISTS. */
    CREATE,
    /** It must: else NO_ATTRIBUTE. */
    REPLACE
}
