package holdfast.mount.cell;

import holdfast.client.files.CellException;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FullDisk;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/**
 * The cell's failures as errno(3) has them; those that a program can't make sense of are logged.
 */
final class Errors {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);

    private Errors() {}

    /** Something that asks the cell. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    static <T> T of(Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw exception(e);
        }
    }

    /** The same where a bound that is reached has an errno of its own. */
    static <T> T ofBounded(Errno limit, Work<T> work) {
        try {
            return work.run();
        } catch (CellException e) {
            throw e.code() == FailureCode.LIMIT
                    ? new FuseException(limit, e.failure().toString())
                    : exception(e);
        } catch (IOException e) {
            throw exception(e);
        }
    }

    static FuseException exception(IOException e) {
        if (!(e instanceof CellException failed)) {
            LOG.warn("This machine's disk: {}", e.toString());
            FailureCode code = FullDisk.codeOf(e, FailureCode.LOCAL_IO);
            return new FuseException(errno(code), e.toString());
        }
        Errno errno = errno(failed.code());
        switch (errno) {
            case EIO, ETIMEDOUT, ENOSPC, EDQUOT, ESTALE ->
                LOG.warn("{}: {}", errno, failed.failure());
            default -> LOG.debug("{}: {}", errno, failed.failure());
        }
        return new FuseException(errno, failed.failure().toString());
    }

    private static Errno errno(FailureCode code) {
        return switch (code) {
            case NOT_FOUND, NO_VOLUME -> Errno.ENOENT;
            case ALREADY_EXISTS -> Errno.EEXIST;
            case NOT_A_DIRECTORY -> Errno.ENOTDIR;
            case IS_A_DIRECTORY -> Errno.EISDIR;
            case NOT_EMPTY -> Errno.ENOTEMPTY;
            case INVALID -> Errno.EINVAL;
            case NAME_TOO_LONG -> Errno.ENAMETOOLONG;
            case LOOP -> Errno.ELOOP;
            case CROSS_VOLUME -> Errno.EXDEV;
            case BUSY -> Errno.EBUSY;
            case DENIED -> Errno.EACCES;
            case NOT_PERMITTED -> Errno.EPERM;
            case UNSUPPORTED -> Errno.EOPNOTSUPP;
            case LOCK_HELD -> Errno.EAGAIN;
            case STALE -> Errno.ESTALE;
            case NO_SPACE -> Errno.ENOSPC;
            case QUOTA_EXCEEDED -> Errno.EDQUOT;
            case UNAVAILABLE, TIMED_OUT -> Errno.ETIMEDOUT;
            case LIMIT -> Errno.EFBIG;
            case CANCELLED -> Errno.EINTR;
            case NO_ATTRIBUTE -> Errno.ENODATA;
            case FENCED,
                    NOT_MINE,
                    NOT_LEADER,
                    INDETERMINATE,
                    WRONG_VERSION,
                    WRONG_ROLE,
                    DAMAGED,
                    UNKNOWN_CLIENT,
                    SESSION_ENDED,
                    LACKS_CHUNKS,
                    MISCONFIGURED,
                    LOCAL_IO,
                    INTERNAL -> Errno.EIO;
        };
    }
}
