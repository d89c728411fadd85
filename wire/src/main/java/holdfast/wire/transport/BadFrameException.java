package holdfast.wire.transport;

import java.io.IOException;
import java.io.Serial;

/** What arrived is no frame, a damaged one, or one beyond its bounds. */
final class BadFrameException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** What is wrong with it. */
    enum Fault {
        /** Not this protocol at all. */
        GARBAGE,
        /** This protocol, but lengths beyond the bounds. */
        OVERSIZE,
        /** Changed on its way: the checksum does not fit. Worth being sent again. */
        MANGLED,
        /** What is inside does not fit, though it is what was sent. */
        DAMAGED
    }

    private final Fault fault;
    private final String what;

    BadFrameException(Fault fault, String message) {
        super(message);
        this.fault = fault;
        this.what = message;
    }

    /** What was received instead of a good frame. */
    String what() {
        return what;
    }

    Fault fault() {
        return fault;
    }
}
