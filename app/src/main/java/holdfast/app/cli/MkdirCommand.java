package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Makes directories. */
@Command(
        name = "mkdir",
        description = "Make directories.",
        footer = "  holdfast mkdir -p -m 750 /home/anna/drafts")
final class MkdirCommand extends ClientCommand {
    @Option(
            names = {"-p", "--parents"},
            description = "Also the directories above; no error when it is there.")
    boolean parents;

    @Option(
            names = {"-m", "--mode"},
            paramLabel = "MODE",
            defaultValue = "755",
            description = "Permission bits, in octal (default: ${DEFAULT-VALUE}).")
    String mode = "755";

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "The new directories.")
    List<String> paths = new ArrayList<>();

    @Override
    int run(Cell cell, Output out) throws IOException {
        int bits = ChmodCommand.octal(mode);
        for (String text : paths) {
            Stat made = parents ? makeAll(cell, path(text), bits) : cell.mkdir(path(text), bits);
            if (out.json()) {
                out.object(Rows.fields(text, made), "");
            }
        }
        return ExitCodes.DONE;
    }

    /** Makes {@code path} and what lacks above it. */
    static Stat makeAll(Cell cell, CellPath path, int mode) throws CellException {
        try {
            Stat there = cell.stat(path);
            if (there.isDirectory()) {
                return there;
            }
        } catch (CellException e) {
            if (e.code() != FailureCode.NOT_FOUND || path.isRoot()) {
                throw e;
            }
            makeAll(cell, path.parent(), mode);
        }
        try {
            return cell.mkdir(path, mode);
        } catch (CellException e) {
            if (e.code() == FailureCode.ALREADY_EXISTS && cell.stat(path).isDirectory()) {
                return cell.stat(path);
            }
            throw e;
        }
    }
}
