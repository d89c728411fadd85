package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.MadeFor;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.client.files.Stat;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Copies inside the cell. */
@Command(
        name = "cp",
        description = "Copy files of the cell to other names in it.",
        footer = {"  holdfast cp /notes.txt /old/", "  holdfast cp -r -p /src /src-2"})
final class CpCommand extends ClientCommand {
    @Option(
            names = {"-r", "-R", "--recursive"},
            description = "Directories with all below them.")
    boolean recursive;

    @Option(names = "-p", description = "Keep modification times.")
    boolean preserve;

    @Parameters(index = "0", paramLabel = "FROM", description = "What to copy.")
    String from = "/";

    @Parameters(
            index = "1",
            paramLabel = "TO",
            description = "Its new name, or a directory to put it in.")
    String to = "/";

    @Override
    boolean oneShot() {
        return !recursive;
    }

    @Override
    int run(Cell cell, Output out) throws IOException {
        CellPath source = path(from);
        Stat stat = cell.stat(source);
        CellPath target =
                Targets.in(cell, to, source.isRoot() ? path("/root").last() : source.last());
        if (target.startsWith(source) && stat.isDirectory()) {
            throw Failure.of(FailureCode.INVALID, "can't be copied into itself")
                    .at(from)
                    .exception();
        }
        try (Progress progress = new Progress(err, "copied", terminal());
                Transfers transfers = new Transfers(Transfers.STANDARD)) {
            copy(cell, source, stat, target, progress, transfers);
            transfers.await();
            out.object(
                    Output.fields(
                            "path",
                            target.toString(),
                            "files",
                            progress.files(),
                            "bytes",
                            progress.bytes()),
                    progress.text());
        }
        return ExitCodes.DONE;
    }

    private void copy(
            Cell cell,
            CellPath source,
            Stat stat,
            CellPath target,
            Progress progress,
            Transfers transfers)
            throws IOException {
        if (!stat.isDirectory()) {
            transfers.submit(() -> copyFile(cell, source, stat, target, progress));
            return;
        }
        if (!recursive) {
            throw Failure.of(FailureCode.IS_A_DIRECTORY, "a directory; use cp -r")
                    .at(source.toString())
                    .exception();
        }
        MkdirCommand.makeAll(cell, target, stat.mode());
        List<Stat.Entry> entries = new ArrayList<>();
        cell.list(source, entries::add);
        for (Stat.Entry entry : entries) {
            copy(
                    cell,
                    source.child(entry.name()),
                    entry.stat(),
                    target.child(entry.name()),
                    progress,
                    transfers);
        }
    }

    private void copyFile(Cell cell, CellPath source, Stat stat, CellPath target, Progress progress)
            throws IOException {
        if (stat.target().isPresent()) {
            cell.symlink(stat.target().get().bytes().toByteArray(), target);
        } else if (recursive && !stat.isFile()) {
            cell.mknod(target, stat.type(), stat.mode(), stat.device(), MadeFor.CALLER);
        } else {
            try (OpenFile file = cell.open(source, OpenRequest.read())) {
                Cell.PutOptions standard = Cell.PutOptions.standard();
                cell.put(
                        file.path(),
                        target,
                        new Cell.PutOptions(
                                stat.mode(),
                                preserve ? Optional.of(stat.modified()) : Optional.empty(),
                                standard.lockWait(),
                                false,
                                standard.progress()));
            }
            progress.bytes(stat.size());
        }
        progress.file();
    }
}
