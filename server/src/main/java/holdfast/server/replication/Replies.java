package holdfast.server.replication;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ReadException;
import org.apache.ratis.protocol.exceptions.ReadIndexException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.util.JavaUtils;
import org.jspecify.annotations.Nullable;

/** Turns Ratis' answers into our failures; the one place that does. */
final class Replies {
    private Replies() {}

    /**
     * What to tell the caller of a request that did not succeed.
     *
     * @param appended whether it had reached this member's log: then nobody can say what becomes of
     *     it, since another leader may still commit it
     */
    static FailureException failure(
            @Nullable RaftClientReply reply, @Nullable Throwable thrown, boolean appended) {
        Throwable cause = cause(reply, thrown);
        FailureCode code = appended ? FailureCode.INDETERMINATE : notAppended(cause);
        String message = code == FailureCode.NOT_LEADER
                ? "this member does not lead its replica group"
                : "the command was not committed: " + Reasons.rootOf(cause);
        return new FailureException(Failure.of(code, message), cause);
    }

    private static Throwable cause(@Nullable RaftClientReply reply, @Nullable Throwable thrown) {
        if (thrown != null) {
            return JavaUtils.unwrapCompletionException(thrown);
        }
        if (reply != null && reply.getException() != null) {
            return reply.getException();
        }
        return new IllegalStateException("answered without outcomes");
    }

    private static FailureCode notAppended(Throwable cause) {
        return switch (cause) {
            case FailureException e -> e.code();
            case NotLeaderException e -> FailureCode.NOT_LEADER;
            case LeaderNotReadyException e -> FailureCode.NOT_LEADER;
            case LeaderSteppingDownException e -> FailureCode.NOT_LEADER;
            case ReadIndexException e -> FailureCode.NOT_LEADER;
            case ReadException e -> FailureCode.NOT_LEADER;
            case ServerNotReadyException e -> FailureCode.UNAVAILABLE;
            case AlreadyClosedException e -> FailureCode.UNAVAILABLE;
            case ResourceUnavailableException e -> FailureCode.UNAVAILABLE;
            default -> FailureCode.INTERNAL;
        };
    }
}
