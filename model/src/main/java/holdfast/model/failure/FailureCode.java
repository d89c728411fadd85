package holdfast.model.failure;

import java.util.Optional;

/** The kinds of failure. The wire numbers never change their meaning. */
public enum FailureCode {
    /** No such name. */
    NOT_FOUND(1, Retry.NEVER),
    /** No file server serves this directory. */
    NO_VOLUME(2, Retry.NEVER),
    ALREADY_EXISTS(3, Retry.NEVER),
    NOT_A_DIRECTORY(4, Retry.NEVER),
    IS_A_DIRECTORY(5, Retry.NEVER),
    NOT_EMPTY(6, Retry.NEVER),
    /** A request, name or path that is not well-formed. */
    INVALID(7, Retry.NEVER),
    NAME_TOO_LONG(8, Retry.NEVER),
    /** Too many symbolic links. */
    LOOP(9, Retry.NEVER),
    /** A link or rename from one volume to another. */
    CROSS_VOLUME(10, Retry.NEVER),
    /** In use: a mount point. */
    BUSY(11, Retry.NEVER),
    /** The caller lacks a permission (POSIX: EACCES), or is not one of those who may. */
    DENIED(12, Retry.NEVER),
    /** Somebody else holds the lock. */
    LOCK_HELD(13, Retry.LATER),
    /** The token is older than the file's fence or the group's epoch, or was never granted. */
    FENCED(14, Retry.NEVER),
    /** The base is not the current version, or the version or vnode is gone. */
    STALE(15, Retry.NEVER),
    NO_SPACE(16, Retry.NEVER),
    QUOTA_EXCEEDED(17, Retry.NEVER),
    /** This group does not hold that volume: ask the directory server again. */
    NOT_MINE(18, Retry.ELSEWHERE),
    /** This member does not lead its group. */
    NOT_LEADER(19, Retry.ELSEWHERE),
    /** No connection, or a server that is starting: nothing was done. */
    UNAVAILABLE(20, Retry.LATER),
    /** The deadline came before an answer; nothing was done. */
    TIMED_OUT(21, Retry.LATER),
    /** Sent, but the answer was lost: it may or may not have been done. */
    INDETERMINATE(22, Retry.LOOK_FIRST),
    /** The other side speaks another version of the protocol. */
    WRONG_VERSION(23, Retry.NEVER),
    /** The server at this address has another role. */
    WRONG_ROLE(24, Retry.NEVER),
    /** Bytes that are not what their hash or length says. */
    DAMAGED(25, Retry.NEVER),
    /** A bound was reached: too large, too many. */
    LIMIT(26, Retry.NEVER),
    /** The client is not registered here (any more): register and start anew. */
    UNKNOWN_CLIENT(27, Retry.ELSEWHERE),
    /** The lock session has ended; its locks are lost. */
    SESSION_ENDED(28, Retry.NEVER),
    /** The server lacks chunks that the store names; they must be sent. */
    LACKS_CHUNKS(29, Retry.LOOK_FIRST),
    /** The call was cancelled by its caller. */
    CANCELLED(30, Retry.NEVER),
    /** Configuration that can't be used. */
    MISCONFIGURED(31, Retry.NEVER),
    NO_ATTRIBUTE(32, Retry.NEVER),
    /** A local disk or file failed. */
    LOCAL_IO(33, Retry.NEVER),
    /** A broken invariant: a bug. */
    INTERNAL(34, Retry.NEVER),
    /** Only its owner or the administrator may do this, whatever the mode says (POSIX: EPERM). */
    NOT_PERMITTED(35, Retry.NEVER),
    /** There is no such thing in a cell, or for this type of vnode (POSIX: ENOTSUP). */
    UNSUPPORTED(36, Retry.NEVER);

    /** What a caller may do about it. */
    public enum Retry {
        /** The same request will fail again. */
        NEVER,
        /** Nothing was done; the same request may succeed later. */
        LATER,
        /** Nothing was done; ask another server, or ask again after learning who is responsible. */
        ELSEWHERE,
        /** It may have been done: look before repeating. */
        LOOK_FIRST
    }

    private static final FailureCode[] BY_WIRE = new FailureCode[64];

    static {
        for (FailureCode code : values()) {
            BY_WIRE[code.wire] = code;
        }
    }

    private final int wire;
    private final Retry retry;

    FailureCode(int wire, Retry retry) {
        this.wire = wire;
        this.retry = retry;
    }

    /** Its number on the wire. */
    public int wire() {
        return wire;
    }

    /** Whether the same request may be sent again. */
    public Retry retry() {
        return retry;
    }

    /** The code with this wire number; empty for one that this release does not know. */
    public static Optional<FailureCode> ofWire(int wire) {
        return wire < 0 || wire >= BY_WIRE.length
                ? Optional.empty()
                : Optional.ofNullable(BY_WIRE[wire]);
    }
}
