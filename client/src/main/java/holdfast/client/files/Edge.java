package holdfast.client.files;

import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;

import java.util.function.Supplier;

/** Where failures become the API's exceptions, once. */
final class Edge {
    private Edge() {}

    static <T> T call(Supplier<T> work) throws CellException {
        try {
            return work.get();
        } catch (FailureException e) {
            throw new CellException(e);
        }
    }

    /** The same, about {@code path} where the failure names none. */
    static <T> T call(CellPath path, Supplier<T> work) throws CellException {
        try {
            return work.get();
        } catch (FailureException e) {
            throw new CellException(new FailureException(e.failure().at(path.toString()), e));
        }
    }

    static void run(CellPath path, Runnable work) throws CellException {
        call(path, () -> {
            work.run();
            return path;
        });
    }
}
