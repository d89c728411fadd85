package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Changes permission bits, owner and group. */
@Command(
        name = "chmod",
        description = "Change permission bits (octal), owner or group.",
        footer = {
            "  holdfast chmod 640 /notes.txt",
            "  holdfast chmod --owner anna --group staff - /home/anna"
        })
final class ChmodCommand extends ClientCommand {
    @Option(
            names = {"-R", "--recursive"},
            description = "Also all below.")
    boolean recursive;

    @Option(names = "--owner", paramLabel = "USER", description = "The new owner.")
    @Nullable
    String owner;

    @Option(names = "--group", paramLabel = "GROUP", description = "The new group.")
    @Nullable
    String group;

    @Parameters(
            index = "0",
            paramLabel = "MODE",
            description = "Octal, such as 640; '-' leaves it.")
    String mode = "-";

    @Parameters(
            index = "1..*",
            paramLabel = "PATH",
            arity = "1..*",
            description = "What to change.")
    List<String> paths = new ArrayList<>();

    @Override
    int run(Cell cell, Output out) throws IOException {
        Cell.Changes changes = Cell.Changes.NONE;
        changes = mode.equals("-") ? changes : changes.withMode(octal(mode));
        changes = owner == null ? changes : changes.withOwner(owner);
        changes = group == null ? changes : changes.withGroup(group);
        for (String text : paths) {
            change(cell, out, path(text), changes);
        }
        return ExitCodes.DONE;
    }

    private void change(Cell cell, Output out, CellPath path, Cell.Changes changes)
            throws IOException {
        Stat stat = cell.setAttributes(path, changes);
        if (out.json()) {
            out.object(Rows.fields(path.toString(), stat), "");
        }
        if (recursive && stat.isDirectory()) {
            List<Stat.Entry> entries = new ArrayList<>();
            cell.list(path, entries::add);
            for (Stat.Entry entry : entries) {
                if (entry.stat().type() != Stat.Type.SYMLINK) {
                    change(cell, out, path.child(entry.name()), changes);
                }
            }
        }
    }

    /** Permission bits from octal digits. */
    static int octal(String text) {
        if (!text.matches("[0-7]{1,4}")) {
            throw FailureException.of(
                    FailureCode.INVALID,
                    "'" + text + "' is not a mode (expected octal such as 640)");
        }
        return Integer.parseInt(text, 8);
    }
}
