package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Stat;
import holdfast.model.path.CellPath;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Brings files. */
@Command(
        name = "get",
        description =
                "Bring files of the cell to local ones; what is there already with the same size"
                        + " and time is skipped.",
        footer = {"  holdfast get /home/anna/report.pdf .", "  holdfast get -r /src src"})
final class GetCommand extends TransferCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "What to bring.")
    String from = "/";

    @Parameters(
            index = "1",
            paramLabel = "LOCAL",
            defaultValue = ".",
            description = "Its local name, or a folder to put it in (default: here).")
    Path to = Path.of(".");

    @Override
    int run(Cell cell, Output out) throws IOException {
        CellPath source = path(from);
        Stat stat = cell.stat(source);
        try (Progress progress = new Progress(err, "got", terminal());
                Transfers transfers = transfers()) {
            if (stat.isDirectory()) {
                requireRecursive("get", from);
                List<Runnable> afterwards = new ArrayList<>();
                getTree(cell, out, source, stat, to, new Work(progress, transfers, afterwards));
                transfers.await();
                afterwards.reversed().forEach(Runnable::run);
            } else {
                getFile(cell, out, source, stat, local(source), progress);
            }
            summary(out, Map.of(), progress);
        }
        return ExitCodes.DONE;
    }

    /** What one tree's transfers share. */
    private record Work(Progress progress, Transfers transfers, List<Runnable> afterwards) {}

    private Path local(CellPath source) {
        return Files.isDirectory(to) ? LocalNames.in(to, source.last()) : to;
    }

    private void getTree(Cell cell, Output out, CellPath source, Stat stat, Path local, Work work)
            throws IOException {
        if (!dryRun) {
            Files.createDirectories(local);
            work.afterwards.add(() -> permissions(local, stat.mode()));
        }
        List<Stat.Entry> below = new ArrayList<>();
        List<Stat.Entry> entries = new ArrayList<>();
        cell.list(source, entries::add);
        for (Stat.Entry entry : entries) {
            if (entry.stat().isDirectory()) {
                below.add(entry);
            } else if (!entry.stat().isFile() && entry.stat().target().isEmpty()) {
                err.println("holdfast: " + source.child(entry.name()) + ": a "
                        + Rows.type(entry.stat()) + "; left out");
            } else {
                CellPath path = source.child(entry.name());
                Path target = LocalNames.in(local, entry.name());
                work.transfers.submit(
                        () -> getFile(cell, out, path, entry.stat(), target, work.progress));
            }
        }
        for (Stat.Entry entry : below) {
            getTree(
                    cell,
                    out,
                    source.child(entry.name()),
                    entry.stat(),
                    LocalNames.in(local, entry.name()),
                    work);
        }
    }

    private void getFile(
            Cell cell, Output out, CellPath source, Stat stat, Path local, Progress progress)
            throws IOException {
        if (!all && present(local, stat)) {
            skip();
            return;
        }
        if (dryRun) {
            out.object(
                    Output.fields("path", source.toString(), "bytes", stat.size()),
                    "would get " + source + " as " + local);
            return;
        }
        if (stat.target().isPresent()) {
            Files.deleteIfExists(local);
            byte[] target = stat.target().get().bytes().toByteArray();
            Files.createSymbolicLink(local, LocalNames.path(target));
        } else {
            AtomicLong received = new AtomicLong();
            cell.get(
                    source,
                    local,
                    new Cell.GetOptions(
                            true, done -> progress.bytes(done - received.getAndSet(done))));
            progress.bytes(stat.size() - received.get());
        }
        progress.file();
    }

    private static boolean present(Path local, Stat stat) throws IOException {
        if (!Files.exists(local, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        BasicFileAttributes there =
                Files.readAttributes(local, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (stat.target().isPresent()) {
            return there.isSymbolicLink()
                    && Arrays.equals(
                            LocalNames.bytes(Files.readSymbolicLink(local)),
                            stat.target().get().bytes().toByteArray());
        }
        return there.isRegularFile()
                && PutCommand.equal(stat, there.size(), there.lastModifiedTime().toInstant());
    }

    private static void permissions(Path directory, int mode) {
        try {
            LocalMode.set(directory, mode);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
