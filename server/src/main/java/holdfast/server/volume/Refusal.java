package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.FailureMessage;

import java.io.Serial;
import java.util.List;

/** A command or query that is refused; becomes part of its outcome. Costs no stack trace. */
final class Refusal extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final FailureCode code;
    private final transient FailureMessage failure;

    private Refusal(FailureCode code, FailureMessage failure) {
        super(failure.getMessage(), null, false, false);
        this.code = code;
        this.failure = failure;
    }

    static Refusal of(FailureCode code, String message) {
        return new Refusal(code, message(code, message).build());
    }

    /** FENCED, naming the group's epoch. */
    static Refusal fenced(long epoch, String message) {
        return new Refusal(
                FailureCode.FENCED,
                message(FailureCode.FENCED, message).setEpoch(epoch).build());
    }

    /** LACKS_CHUNKS, naming them. */
    static Refusal lacking(List<ByteString> hashes) {
        String text = "the store names chunks that must be sent first";
        return new Refusal(
                FailureCode.LACKS_CHUNKS,
                message(FailureCode.LACKS_CHUNKS, text).addAllLacking(hashes).build());
    }

    private static FailureMessage.Builder message(FailureCode code, String message) {
        return FailureMessage.newBuilder().setCode(code.wire()).setMessage(message);
    }

    FailureMessage failure() {
        return failure;
    }

    /** The same, for callers of queries. */
    FailureException exception() {
        return FailureException.of(code, failure.getMessage());
    }
}
