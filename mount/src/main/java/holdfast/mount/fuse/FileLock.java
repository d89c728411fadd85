package holdfast.mount.fuse;

/**
 * A lock on a range of bytes.
 *
 * @param start the first byte
 * @param end the last byte, included; {@link Long#MAX_VALUE} for the end of the file wherever it is
 * @param kind what it keeps out
 * @param process who holds it, for the answer to F_GETLK
 */
public record FileLock(long start, long end, Kind kind, int process) {
    /** In the protocol's order: F_RDLCK, F_WRLCK, F_UNLCK. */
    public enum Kind {
        /** Others may read. */
        SHARED,
        /** Nobody else may. */
        EXCLUSIVE,
        /** Gives the range back. */
        UNLOCK
    }
}
