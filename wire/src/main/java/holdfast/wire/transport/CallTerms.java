package holdfast.wire.transport;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * What a call is and where it goes; so the one place that says what went wrong with it.
 *
 * @param changes whether a lost answer leaves its outcome unknown
 */
record CallTerms(String name, Role role, boolean changes, Address address) {
    /** The part of the time that is kept back for the way of the answer. */
    private static final long WAY_FRACTION = 10;

    private static final long WAY_MILLIS_MAX = 200;

    /** Who is called, for people. */
    String server() {
        return Protocol.nameOf(role) + " " + address;
    }

    /** Ends the call before anything is sent when there is no time or the thread is interrupted. */
    void check(Deadline deadline) {
        if (Thread.currentThread().isInterrupted()) {
            throw failure(FailureCode.CANCELLED, name + " was interrupted").exception();
        }
        if (deadline.passed()) {
            throw failure(FailureCode.TIMED_OUT, "no time was left for " + name).exception();
        }
    }

    /** The header with the time left, less the time that the answer needs to come back. */
    RequestHeader withTimeLeft(RequestHeader header, Deadline deadline) {
        long left = deadline.leftMillis();
        long sent = left - Math.min(left / WAY_FRACTION, WAY_MILLIS_MAX);
        return header.toBuilder().setTimeLeftMillis((int) Math.max(sent, 1)).build();
    }

    /** Throws WRONG_ROLE unless a server of role {@code is} can answer this. */
    void checkRole(Role is) {
        if (role != Role.ROLE_NONE && is != role) {
            throw Failure.of(
                            FailureCode.WRONG_ROLE,
                            "the server at " + address + " is a " + Protocol.nameOf(is) + ", not a "
                                    + Protocol.nameOf(role))
                    .exception();
        }
    }

    /** A failure that names the server, unless it names one already. */
    FailureException named(FailureException e) {
        Failure failure = e.failure();
        return failure.code() == FailureCode.WRONG_ROLE || failure.server().isPresent()
                ? e
                : new FailureException(failure.from(server()), e.getCause());
    }

    /** There was no connection; nothing was sent. */
    FailureException unreachable(IOException e) {
        return isInterrupt(e)
                ? caused(FailureCode.CANCELLED, name + " was interrupted", e)
                : caused(FailureCode.UNAVAILABLE, "can't be reached: " + reason(e), e);
    }

    /**
     * The connection failed under the call.
     *
     * @param sent whether the server may have acted upon the request
     * @param late whether it failed because the deadline came
     */
    FailureException broken(IOException e, boolean sent, boolean late) {
        if (e instanceof SinkFailedException) {
            return caused(
                    FailureCode.LOCAL_IO, "the answer could not be taken: " + e.getMessage(), e);
        }
        if (sent && changes) {
            return caused(
                    FailureCode.INDETERMINATE,
                    name + " was sent and may have been done; its answer was lost: "
                            + (late ? "none came in time" : reason(e)),
                    e);
        }
        if (e instanceof SourceFailedException) {
            return caused(
                    FailureCode.LOCAL_IO,
                    "the bytes to be sent could not be read: " + e.getMessage(),
                    e);
        }
        if (isInterrupt(e)) {
            return caused(FailureCode.CANCELLED, name + " was interrupted", e);
        }
        if (late) {
            return caused(FailureCode.TIMED_OUT, name + " was not answered in time", e);
        }
        return e instanceof BadFrameException bad && !isWorthRepeating(bad)
                ? caused(FailureCode.DAMAGED, reason(e), e)
                : caused(FailureCode.UNAVAILABLE, "the connection was lost: " + reason(e), e);
    }

    private static boolean isWorthRepeating(BadFrameException e) {
        return switch (e.fault()) {
            case GARBAGE, MANGLED -> true;
            case OVERSIZE, DAMAGED -> false;
        };
    }

    private static boolean isInterrupt(IOException e) {
        return Thread.currentThread().isInterrupted()
                && (e instanceof ClosedByInterruptException
                        || e.getCause() instanceof ClosedByInterruptException
                        || e instanceof InterruptedIOException);
    }

    private static String reason(IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return "this thread was interrupted";
        }
        if (e instanceof BadFrameException bad) {
            return "the server sent " + bad.what();
        }
        return e.getMessage() == null ? "the connection was closed" : e.getMessage();
    }

    private Failure failure(FailureCode code, String message) {
        return Failure.of(code, message).from(server());
    }

    private FailureException caused(FailureCode code, String message, IOException e) {
        return new FailureException(failure(code, message), e);
    }
}
