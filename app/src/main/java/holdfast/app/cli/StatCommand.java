package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Stat;
import holdfast.model.path.CellPath;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Shows all that is known of a path. */
@Command(
        name = "stat",
        description = "Show all that is known of a file or directory.",
        footer = {"  holdfast stat /notes.txt", "  holdfast stat -L --json /link.txt"})
final class StatCommand extends ClientCommand {
    @Option(names = "-L", description = "Follow symbolic links.")
    boolean follow;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "What to show.")
    List<String> paths = new ArrayList<>();

    @Override
    int run(Cell cell, Output out) throws IOException {
        for (String text : paths) {
            CellPath path = path(text);
            Stat stat = follow ? cell.stat(path) : cell.lstat(path);
            Map<String, Object> fields = Rows.fields(path.toString(), stat);
            StringBuilder lines = new StringBuilder();
            fields.forEach((name, value) -> lines.append("%-14s%s%n".formatted(name, value)));
            out.object(fields, lines.toString().stripTrailing());
        }
        return ExitCodes.DONE;
    }
}
