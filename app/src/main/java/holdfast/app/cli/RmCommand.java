package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.VolumeInfo;
import holdfast.client.files.CellException;
import holdfast.client.files.Stat;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Removes files and directories. */
@Command(
        name = "rm",
        description = "Remove files and empty directories; with -r also all below.",
        footer = {"  holdfast rm /notes.txt", "  holdfast rm -r --dry-run /old"})
final class RmCommand extends ClientCommand {
    @Option(
            names = {"-r", "-R", "--recursive"},
            description = "Directories too, with all below them.")
    boolean recursive;

    @Option(
            names = {"-f", "--force"},
            description = "No error for what is not there.")
    boolean force;

    @Option(
            names = {"-n", "--dry-run"},
            description = "Only say what would be removed.")
    boolean dryRun;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "What to remove.")
    List<String> paths = new ArrayList<>();

    @Override
    int run(Cell cell, Output out) throws IOException {
        try (Progress progress = new Progress(err, "removed", terminal());
                Transfers transfers = new Transfers(Transfers.STANDARD)) {
            for (String text : paths) {
                removeNamed(cell, out, path(text), progress, transfers);
            }
        }
        return ExitCodes.DONE;
    }

    private void removeNamed(
            Cell cell, Output out, CellPath path, Progress progress, Transfers transfers)
            throws IOException {
        try {
            Stat stat = cell.lstat(path);
            if (stat.isDirectory() && recursive) {
                requireNoVolume(cell, path, stat);
            }
            if (!stat.isDirectory()) {
                removeOne(cell, out, path, stat, progress);
            } else if (recursive) {
                removeTree(cell, out, path, stat, progress, transfers);
            } else if (dryRun) {
                say(out, path, stat);
            } else {
                removeEmpty(cell, path);
            }
        } catch (CellException e) {
            if (!force || e.code() != FailureCode.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** Refuses before anything is gone. */
    private static void requireNoVolume(Cell cell, CellPath path, Stat stat) throws CellException {
        if (stat.file().equals(FileId.rootOf(stat.file().volume()))) {
            throw mounted(path);
        }
        for (VolumeInfo volume : cell.administration().volumes()) {
            if (volume.path().startsWith(path)) {
                throw mounted(volume.path());
            }
        }
    }

    private static FailureException mounted(CellPath path) {
        return Failure.of(
                        FailureCode.BUSY,
                        "a volume is mounted here; 'holdfast volumes remove' takes it away")
                .at(path.toString())
                .exception();
    }

    private void removeTree(
            Cell cell,
            Output out,
            CellPath directory,
            Stat stat,
            Progress progress,
            Transfers transfers)
            throws IOException {
        List<Stat.Entry> entries = new ArrayList<>();
        cell.list(directory, entries::add);
        for (Stat.Entry entry : entries) {
            if (entry.stat().mountedVolume().isPresent()) {
                throw mounted(directory.child(entry.name()));
            }
        }
        for (Stat.Entry entry : entries) {
            CellPath path = directory.child(entry.name());
            if (entry.stat().isDirectory()) {
                removeTree(cell, out, path, entry.stat(), progress, transfers);
            } else {
                transfers.submit(() -> removeOne(cell, out, path, entry.stat(), progress));
            }
        }
        transfers.await();
        if (dryRun) {
            say(out, directory, stat);
        } else if (!directory.isRoot()) {
            cell.rmdir(directory);
        }
    }

    private void removeOne(Cell cell, Output out, CellPath path, Stat stat, Progress progress)
            throws CellException {
        if (dryRun) {
            say(out, path, stat);
        } else {
            cell.remove(path);
            progress.file();
        }
    }

    private static void removeEmpty(Cell cell, CellPath path) throws IOException {
        try {
            cell.rmdir(path);
        } catch (CellException e) {
            if (e.code() != FailureCode.NOT_EMPTY) {
                throw e;
            }
            throw Failure.of(FailureCode.NOT_EMPTY, "a directory that is not empty; use rm -r")
                    .at(path.toString())
                    .exception();
        }
    }

    private static void say(Output out, CellPath path, Stat stat) {
        out.object(
                Output.fields("path", path.toString(), "type", Rows.type(stat)),
                "would remove " + path);
    }
}
