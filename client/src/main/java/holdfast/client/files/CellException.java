package holdfast.client.files;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.io.Serial;

/**
 * Says what happened, to which path, on which server. Its {@link #code()} says whether a retry is
 * safe.
 */
public final class CellException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    /** Wraps {@code cause}. */
    public CellException(FailureException cause) {
        super(cause.failure().toString(), cause);
        this.failure = cause.failure();
    }

    /** What went wrong. */
    public Failure failure() {
        return failure;
    }

    /** Its kind. */
    public FailureCode code() {
        return failure.code();
    }
}
