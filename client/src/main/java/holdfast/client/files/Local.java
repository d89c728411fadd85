package holdfast.client.files;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Locale;

/** Failures of this machine's disk and files. */
final class Local {
    private Local() {}

    static FailureException failure(IOException e) {
        String message = String.valueOf(e.getMessage());
        FailureCode code = e instanceof ClosedByInterruptException
                ? FailureCode.CANCELLED
                : message.toLowerCase(Locale.ROOT).contains("no space left")
                        ? FailureCode.NO_SPACE
                        : FailureCode.LOCAL_IO;
        return new FailureException(Failure.of(code, "on this machine: " + message), e);
    }
}
