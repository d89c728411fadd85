package holdfast.mount.fuse;

/**
 * An operation's failure; its errno is the answer. An expected outcome ("no such name" is the most
 * frequent answer of all), so it carries no stack trace.
 */
public final class FuseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    /** A failure that says no more than its errno. */
    public FuseException(Errno errno) {
        this(errno, errno.name());
    }

    /** A failure with a reason for the log. */
    public FuseException(Errno errno, String reason) {
        super(reason, null, false, false);
        this.errno = errno;
    }

    /** What the program will see. */
    public Errno errno() {
        return errno;
    }
}
