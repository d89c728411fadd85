package holdfast.client.files;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.failure.FullDisk;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Failures of this machine's disk and files. */
final class Local {
    private Local() {}

    static FailureException failure(IOException e) {
        String message = reason(e);
        FailureCode code = e instanceof ClosedByInterruptException
                ? FailureCode.CANCELLED
                : FullDisk.codeOf(e, FailureCode.LOCAL_IO);
        return new FailureException(Failure.of(code, "on this machine: " + message), e);
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file or folder";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileSystemException named
            when named.getReason() != null -> named.getFile() + ": " + named.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }
}
