package holdfast.model.failure;

import java.io.Serial;

/** Carries a {@link Failure} to the edge that translates it. */
public final class FailureException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    /** Throws {@code failure}. */
    public FailureException(Failure failure) {
        this(failure, null);
    }

    /** Throws {@code failure}, seen because of {@code cause}. */
    public FailureException(Failure failure, @org.jspecify.annotations.Nullable Throwable cause) {
        super(failure.toString(), cause);
        this.failure = failure;
    }

    /** A failure without path and server. */
    public static FailureException of(FailureCode code, String message) {
        return new FailureException(Failure.of(code, message));
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
