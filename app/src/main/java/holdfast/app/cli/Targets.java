package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

/** What a second argument means: a new name, or the directory to put it in. */
final class Targets {
    private Targets() {}

    /**
     * {@code text} itself, or {@code name} in it when it is a directory, as it must be with a slash
     * at its end.
     */
    static CellPath in(Cell cell, String text, Name name) throws CellException {
        CellPath target = CellPath.parse(text);
        boolean meansDirectory = text.endsWith("/");
        try {
            if (cell.stat(target).isDirectory()) {
                return target.child(name);
            }
        } catch (CellException e) {
            if (e.code() != FailureCode.NOT_FOUND || target.isRoot() || meansDirectory) {
                throw e;
            }
        }
        if (meansDirectory) {
            throw Failure.of(FailureCode.NOT_A_DIRECTORY, "not a directory")
                    .at(target.toString())
                    .exception();
        }
        return target;
    }
}
