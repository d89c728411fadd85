package holdfast.server.replication;

import java.util.HashSet;
import java.util.Set;

/** Finds the sentence worth telling in a chain of exceptions. */
final class Reasons {
    private Reasons() {}

    /** The innermost cause's message, or its kind when it says nothing. */
    static String rootOf(Throwable thrown) {
        Throwable root = thrown;
        Set<Throwable> seen = new HashSet<>();
        for (Throwable next = root; next != null && seen.add(next); next = next.getCause()) {
            root = next;
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }
}
