package holdfast.wire.transport;

import java.io.IOException;
import java.io.Serial;

/** The bytes to be sent could not be had; the connection itself is sound but out of step. */
final class SourceFailedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final IOException reason;

    SourceFailedException(IOException reason) {
        super(reason.getMessage(), reason);
        this.reason = reason;
    }

    IOException reason() {
        return reason;
    }
}
