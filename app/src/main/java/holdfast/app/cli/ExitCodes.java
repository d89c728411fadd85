package holdfast.app.cli;

import holdfast.model.failure.FailureCode;

/** What the process says at its end. The only place that maps failures to exit codes. */
final class ExitCodes {
    static final int DONE = 0;
    static final int USAGE = 1;
    static final int OTHER = 2;
    static final int TEMPORARY = 5;
    static final int DAMAGED = 7;
    static final int INTERRUPTED = 130;

    private ExitCodes() {}

    /** The exit code for {@code code}. */
    static int of(FailureCode code) {
        return switch (code) {
            case NO_VOLUME -> 3;
            case NOT_FOUND, NO_ATTRIBUTE -> 4;
            case UNAVAILABLE, TIMED_OUT, NOT_LEADER, NOT_MINE, UNKNOWN_CLIENT -> TEMPORARY;
            case DENIED, NOT_PERMITTED, QUOTA_EXCEEDED, BUSY -> 6;
            case DAMAGED, MISCONFIGURED, WRONG_VERSION, WRONG_ROLE -> DAMAGED;
            case LIMIT, NO_SPACE -> 8;
            case LOCK_HELD -> 10;
            case FENCED, STALE, SESSION_ENDED -> 11;
            case INDETERMINATE -> 12;
            case CANCELLED -> INTERRUPTED;
            case INVALID, NAME_TOO_LONG -> USAGE;
            case ALREADY_EXISTS,
                    NOT_A_DIRECTORY,
                    IS_A_DIRECTORY,
                    NOT_EMPTY,
                    LOOP,
                    CROSS_VOLUME,
                    LACKS_CHUNKS,
                    LOCAL_IO,
                    UNSUPPORTED,
                    INTERNAL -> OTHER;
        };
    }
}
