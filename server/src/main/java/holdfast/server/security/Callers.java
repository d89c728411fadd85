package holdfast.server.security;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Service.Handler;

/** Takes the identity that a request carries. */
public final class Callers {
    static final int NAME_BYTES_MAX = 255;
    private static final int GROUPS_MAX = 1_024;
    private static final int PROOF_BYTES_MAX = 16 * 1024;

    private Callers() {}

    /** Who sent this; INVALID when it names nobody, or is out of bounds. */
    public static Caller of(RequestHeader header) {
        Caller caller = header.getCaller();
        if (caller.getUserBytes().isEmpty()) {
            throw invalid("a request must name its user");
        }
        requireBounded(caller.getUserBytes(), NAME_BYTES_MAX, "user's name");
        requireBounded(caller.getHostBytes(), NAME_BYTES_MAX, "host's name");
        requireBounded(caller.getProof(), PROOF_BYTES_MAX, "proof");
        if (caller.getGroupsCount() > GROUPS_MAX) {
            throw invalid("a user is in at most 1,024 groups");
        }
        for (int i = 0; i < caller.getGroupsCount(); i++) {
            requireBounded(caller.getGroupsBytes(i), NAME_BYTES_MAX, "group's name");
        }
        return caller;
    }

    /** {@code handler}, for callers whose identity can be taken. */
    public static <Q extends Message, A extends Message> Handler<Q, A> known(
            Handler<Q, A> handler) {
        return call -> {
            Caller unused = of(call.header());
            return handler.handle(call);
        };
    }

    private static void requireBounded(ByteString bytes, int most, String what) {
        if (bytes.size() > most) {
            throw invalid("a " + what + " has at most " + most + " bytes");
        }
    }

    private static FailureException invalid(String why) {
        return FailureException.of(FailureCode.INVALID, why);
    }
}
