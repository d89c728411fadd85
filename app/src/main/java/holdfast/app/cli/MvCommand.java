package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.RenameMode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;

/** Renames. */
@Command(
        name = "mv",
        description = "Rename a file or directory, or move it into a directory; atomic.",
        footer = {"  holdfast mv /notes.txt /archive/", "  holdfast mv --exchange /current /next"})
final class MvCommand extends ClientCommand {
    @Option(
            names = {"-n", "--no-clobber"},
            description = "Fail when the new name is taken.")
    boolean noReplace;

    @Option(names = "--exchange", description = "Swap the two.")
    boolean exchange;

    @Parameters(index = "0", paramLabel = "FROM", description = "What to move.")
    String from = "/";

    @Parameters(
            index = "1",
            paramLabel = "TO",
            description = "Its new name, or a directory to put it in.")
    String to = "/";

    @Override
    int run(Cell cell, Output out) throws IOException {
        RenameMode mode = exchange
                ? RenameMode.EXCHANGE
                : noReplace ? RenameMode.NO_REPLACE : RenameMode.REPLACE;
        var target = exchange ? path(to) : Targets.in(cell, to, path(from).last());
        var stat = cell.rename(path(from), target, mode);
        if (out.json()) {
            out.object(Rows.fields(target.toString(), stat), "");
        }
        return ExitCodes.DONE;
    }
}
