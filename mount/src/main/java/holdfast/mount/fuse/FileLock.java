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
    /** {@code l_type} of {@code struct flock}. */
    public enum Kind {
        /** Others may read. */
        SHARED(0),
        /** Nobody else may. */
        EXCLUSIVE(1),
        /** Gives the range back. */
        UNLOCK(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Kind of(int code) {
            return switch (code) {
                case 0 -> SHARED;
                case 1 -> EXCLUSIVE;
                case 2 -> UNLOCK;
                default -> throw new FuseException(Errno.EINVAL, "a lock of kind " + code);
            };
        }
    }
}
