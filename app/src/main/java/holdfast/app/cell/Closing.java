package holdfast.app.cell;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;

/** Parts to close, the last opened first; one that fails does not keep the others from it. */
final class Closing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    /** What {@code build} makes of parts that it adds; when it fails, they are closed. */
    static <T> T allOrNone(Function<Closing, T> build) {
        Closing parts = new Closing();
        try {
            return build.apply(parts);
        } catch (RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    <T extends AutoCloseable> T add(T part) {
        parts.push(part);
        return part;
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("{} did not close cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
