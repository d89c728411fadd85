package holdfast.wire.transport;

import java.io.IOException;
import java.io.Serial;

/** The bytes that arrived could not be taken; the connection itself is sound but out of step. */
final class SinkFailedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final IOException reason;

    SinkFailedException(IOException reason) {
        super(reason.getMessage(), reason);
        this.reason = reason;
    }

    IOException reason() {
        return reason;
    }
}
