package holdfast.server.replication;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FullDisk;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Finds the sentence worth telling in a chain of exceptions. */
final class Reasons {
    private Reasons() {}

    /** NO_SPACE when that is the cause, else {@code otherwise}. */
    static FailureCode codeOf(Throwable thrown, FailureCode otherwise) {
        return FullDisk.codeOf(innermost(thrown), otherwise);
    }

    /** The innermost cause's message, or its kind when it says nothing. */
    static String rootOf(Throwable thrown) {
        Throwable root = innermost(thrown);
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    /** Whether a file or folder failed. */
    static boolean ofDisk(Throwable thrown) {
        return innermost(thrown) instanceof IOException;
    }

    private static Throwable innermost(Throwable thrown) {
        Throwable root = thrown;
        Set<Throwable> seen = new HashSet<>();
        for (Throwable next = root; next != null && seen.add(next); next = next.getCause()) {
            root = next;
        }
        return root;
    }
}
