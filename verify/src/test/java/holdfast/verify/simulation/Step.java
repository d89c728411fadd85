package holdfast.verify.simulation;

import java.time.Duration;

/**
 * One thing that a client does.
 *
 * @param id names it in the history, and what it writes
 * @param other the second path, where there is one
 * @param pause before it
 * @param hold how long a file stays open for writing
 * @param lockWait how long it waits for a lock at most
 * @param large whether the contents are more than fit into a commit
 */
public record Step(
        int id,
        Kind kind,
        String path,
        String other,
        Duration pause,
        Duration hold,
        Duration lockWait,
        boolean large) {
    static final Duration LOCK_WAIT = Duration.ofSeconds(20);

    /** Waits for locks as long as anybody does. */
    public Step(
            int id,
            Kind kind,
            String path,
            String other,
            Duration pause,
            Duration hold,
            boolean large) {
        this(id, kind, path, other, pause, hold, LOCK_WAIT, large);
    }

    public enum Kind {
        READ,
        /** Open for writing, add a line to what is there, close. */
        EDIT,
        /** The same, but never waiting for the lock. */
        TRY_EDIT,
        /** The same as EDIT, after a try to store over a version that is not current. */
        RASH_EDIT,
        /** Store a whole file in one call, made when absent. */
        PUT,
        PUT_NEW,
        /** Make a new file and fill it. */
        CREATE,
        REMOVE,
        RENAME,
        RENAME_NEW,
        EXCHANGE,
        LINK,
        MKDIR,
        RMDIR,
        CHMOD,
        LIST,
        STAT,
        /** Look for all that was kept of stores that failed. */
        RECALL;

        /** Whether it fails as not found only when its one path leads nowhere. */
        boolean needsThePath() {
            return switch (this) {
                case READ, EDIT, TRY_EDIT, RASH_EDIT, REMOVE, RMDIR, CHMOD, LIST, STAT -> true;
                default -> false;
            };
        }

        /** Whether it has a working copy. */
        public boolean opens() {
            return this == EDIT || this == TRY_EDIT || this == RASH_EDIT || this == CREATE;
        }

        /** Whether it writes contents. */
        public boolean writes() {
            return switch (this) {
                case EDIT, TRY_EDIT, RASH_EDIT, PUT, PUT_NEW, CREATE -> true;
                default -> false;
            };
        }
    }

    @Override
    public String toString() {
        String second = other.isEmpty() ? "" : " " + other;
        String big = large ? " large" : "";
        String brief = lockWait.equals(LOCK_WAIT) ? "" : " waiting " + lockWait.toMillis() + " ms";
        return "#" + id + " " + kind + " " + path + second + big + " after " + pause.toMillis()
                + " ms" + (hold.isZero() ? "" : " holding " + hold.toMillis() + " ms")
                + brief;
    }
}
