package holdfast.client.cache;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.failure.FullDisk;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Translates what the local disk says, once. */
final class Failures {
    private Failures() {}

    /** Work on local files. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /** Work on local files without a result. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    /**
     * Does {@code work} on {@code path}; its IOException becomes NO_SPACE, CANCELLED or LOCAL_IO.
     */
    static <T> T translating(Path path, Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw of(path, e);
        }
    }

    /** Does {@code action} as {@link #translating}. */
    static void doing(Path path, Action action) {
        translating(path, () -> {
            action.run();
            return path;
        });
    }

    static FailureException of(Path path, IOException cause) {
        if (cause instanceof ClosedByInterruptException) {
            return failure(FailureCode.CANCELLED, "interrupted", path, cause);
        }
        return noSpace(cause)
                ? failure(FailureCode.NO_SPACE, "the local disk is full", path, cause)
                : failure(FailureCode.LOCAL_IO, reason(cause), path, cause);
    }

    /** Whether the disk, or the user's share of it, is full. */
    static boolean noSpace(IOException cause) {
        if (cause instanceof Posix.Failed failed) {
            return failed.noSpace();
        }
        return FullDisk.isCauseOf(cause);
    }

    private static String reason(IOException cause) {
        String reason =
                cause instanceof FileSystemException files ? files.getReason() : cause.getMessage();
        return reason == null ? cause.getClass().getSimpleName() : reason;
    }

    private static FailureException failure(
            FailureCode code, String what, Path path, IOException cause) {
        return new FailureException(Failure.of(code, what + ": " + path), cause);
    }
}
