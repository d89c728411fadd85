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

/** Lists directories. */
@Command(
        name = "ls",
        description = "List directories.",
        footer = {"  holdfast ls -l /home", "  holdfast ls -R --json /src"})
final class LsCommand extends ClientCommand {
    @Option(names = "-l", description = "Also mode, owner, group, size and time.")
    boolean details;

    @Option(
            names = {"-R", "--recursive"},
            description = "Also all directories below.")
    boolean recursive;

    @Option(names = "-d", description = "The directory itself, not its entries.")
    boolean itself;

    @Parameters(paramLabel = "PATH", arity = "0..*", description = "What to list (default: /).")
    List<String> paths = new ArrayList<>(List.of("/"));

    @Override
    int run(Cell cell, Output out) throws IOException {
        boolean headings = paths.size() > 1 || recursive;
        for (String text : paths) {
            CellPath path = path(text);
            Stat stat = cell.stat(path);
            if (stat.isDirectory() && !itself) {
                list(cell, out, path, headings);
            } else {
                print(out, path, path.toString(), cell.lstat(path));
            }
        }
        return ExitCodes.DONE;
    }

    private void list(Cell cell, Output out, CellPath directory, boolean heading)
            throws IOException {
        if (heading) {
            out.line(directory + ":");
        }
        List<CellPath> below = new ArrayList<>();
        cell.list(directory, entry -> {
            CellPath path = directory.child(entry.name());
            print(out, path, entry.name().toString(), entry.stat());
            if (recursive && entry.stat().isDirectory()) {
                below.add(path);
            }
        });
        for (CellPath path : below) {
            out.line("");
            list(cell, out, path, true);
        }
    }

    private void print(Output out, CellPath path, String shown, Stat stat) {
        out.object(
                out.json() ? Rows.fields(path.toString(), stat) : java.util.Map.of(),
                text(shown, stat));
    }

    private String text(String shown, Stat stat) {
        if (!details) {
            return shown;
        }
        String arrow = stat.target().map(target -> " -> " + target).orElse("");
        String size = switch (stat.type()) {
            case DIRECTORY -> People.count(stat.size(), "item");
            case CHARACTER_DEVICE, BLOCK_DEVICE -> stat.major() + ", " + stat.minor();
            case FILE, SYMLINK, FIFO, SOCKET -> People.size(stat.size());
        };
        return "%s %3d %-8s %-8s %10s %s %s%s"
                .formatted(
                        Rows.mode(stat),
                        stat.links(),
                        stat.owner(),
                        stat.group(),
                        size,
                        People.time(stat.modified()),
                        shown,
                        arrow);
    }
}
