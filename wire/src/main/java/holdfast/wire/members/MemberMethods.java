package holdfast.wire.members;

import holdfast.wire.proto.MemberAnswer;
import holdfast.wire.proto.MemberCall;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Method;

/**
 * The calls between members, by name. All may be repeated without harm. Servers of every role
 * answer them at their own port.
 */
public final class MemberMethods {
    public static final Method<MemberCall, MemberAnswer> REQUEST_VOTE = raft(400, "request-vote");

    public static final Method<MemberCall, MemberAnswer> APPEND_ENTRIES =
            raft(401, "append-entries");

    public static final Method<MemberCall, MemberAnswer> INSTALL_CHECKPOINT =
            raft(402, "install-checkpoint");

    public static final Method<MemberCall, MemberAnswer> STAND_FOR_ELECTION =
            raft(403, "stand-for-election");

    private MemberMethods() {}

    private static Method<MemberCall, MemberAnswer> raft(int kind, String name) {
        return new Method<>(
                kind, Role.ROLE_NONE, name, false, 0, MemberCall.parser(), MemberAnswer.parser());
    }
}
