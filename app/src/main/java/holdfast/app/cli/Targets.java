package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

/** What a second argument means: a new name, or the directory to put it in. */
final class Targets {
    private Targets() {}

    /** {@code target} itself, or {@code name} in it when it is a directory. */
    static CellPath in(Cell cell, CellPath target, Name name) throws CellException {
        try {
            return cell.stat(target).isDirectory() ? target.child(name) : target;
        } catch (CellException e) {
            if (e.code() == FailureCode.NOT_FOUND && !target.isRoot()) {
                return target;
            }
            throw e;
        }
    }
}
