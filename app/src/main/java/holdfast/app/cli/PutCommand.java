package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Stores local files. */
@Command(
        name = "put",
        description =
                "Store local files in the cell; what is there already with the same size and time"
                        + " is skipped.",
        footer = {"  holdfast put report.pdf /home/anna/", "  holdfast put -r src /src"})
final class PutCommand extends TransferCommand {
    @Option(
            names = "--wait",
            paramLabel = "TIME",
            defaultValue = "1m",
            converter = People.DurationConverter.class,
            description = "How long to wait for another writer (default: ${DEFAULT-VALUE}).")
    Duration wait = Duration.ofMinutes(1);

    @Parameters(index = "0", paramLabel = "LOCAL", description = "The local file.")
    Path from = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "PATH",
            description = "Its name in the cell, or a directory to put it in.")
    String to = "/";

    @Override
    int run(Cell cell, Output out) throws IOException {
        BasicFileAttributes local = Files.readAttributes(from, BasicFileAttributes.class);
        CellPath target = target(cell, local.isDirectory());
        try (Progress progress = new Progress(err, "put", terminal());
                Transfers transfers = transfers()) {
            if (local.isDirectory()) {
                requireRecursive("put", from.toString());
                putTree(cell, out, from, target, progress, transfers);
                transfers.await();
            } else {
                putFile(cell, out, from, target, there(cell, target), progress);
            }
            summary(out, Output.fields("path", target.toString()), progress);
        }
        return ExitCodes.DONE;
    }

    /** A tree gets the very name that was given, but for a slash at its end. */
    private CellPath target(Cell cell, boolean tree) throws IOException {
        if (!tree) {
            return Targets.in(cell, to, localName(from));
        }
        return to.endsWith("/") ? Targets.in(cell, path(to).toString(), localName(from)) : path(to);
    }

    private void putTree(
            Cell cell,
            Output out,
            Path directory,
            CellPath target,
            Progress progress,
            Transfers transfers)
            throws IOException {
        Map<Name, Stat> present = present(cell, target, directory);
        List<Path> below = new ArrayList<>();
        try (var entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                CellPath path = target.child(LocalNames.last(entry));
                Optional<Stat> there = Optional.ofNullable(present.get(path.last()));
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    below.add(entry);
                } else {
                    transfers.submit(() -> putFile(cell, out, entry, path, there, progress));
                }
            }
        }
        for (Path entry : below) {
            putTree(cell, out, entry, target.child(LocalNames.last(entry)), progress, transfers);
        }
    }

    /** What is in the directory already; makes it when it is absent. */
    private Map<Name, Stat> present(Cell cell, CellPath target, Path local) throws IOException {
        Map<Name, Stat> present = new HashMap<>();
        try {
            cell.list(target, entry -> present.put(entry.name(), entry.stat()));
        } catch (CellException e) {
            if (e.code() != FailureCode.NOT_FOUND) {
                throw e;
            }
            if (!dryRun) {
                MkdirCommand.makeAll(cell, target.parent(), 0755);
                MkdirCommand.makeAll(cell, target, LocalMode.of(local));
            }
        }
        return present;
    }

    private static Optional<Stat> there(Cell cell, CellPath target) throws CellException {
        try {
            return Optional.of(cell.lstat(target));
        } catch (CellException e) {
            if (e.code() == FailureCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void putFile(
            Cell cell,
            Output out,
            Path local,
            CellPath target,
            Optional<Stat> there,
            Progress progress)
            throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(local, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isSymbolicLink() && recursive) {
            putLink(cell, out, local, target, there, progress);
            return;
        }
        if (attributes.isOther()) {
            err.println("holdfast: " + local + ": neither file, directory nor link; left out");
            return;
        }
        BasicFileAttributes contents = Files.readAttributes(local, BasicFileAttributes.class);
        Instant modified = contents.lastModifiedTime().toInstant();
        if (!all && there.filter(stat -> equal(stat, contents.size(), modified)).isPresent()) {
            skip();
            return;
        }
        if (dryRun) {
            out.object(
                    Output.fields("path", target.toString(), "bytes", contents.size()),
                    "would put " + local + " as " + target);
            return;
        }
        AtomicLong sent = new AtomicLong();
        cell.put(
                local,
                target,
                new Cell.PutOptions(
                        LocalMode.of(local),
                        Optional.of(modified),
                        wait,
                        false,
                        done -> progress.bytes(done - sent.getAndSet(done))));
        progress.bytes(contents.size() - sent.get());
        progress.file();
    }

    private void putLink(
            Cell cell,
            Output out,
            Path local,
            CellPath target,
            Optional<Stat> there,
            Progress progress)
            throws IOException {
        byte[] bytes = LocalNames.bytes(Files.readSymbolicLink(local));
        boolean same = there.flatMap(Stat::target)
                .filter(present -> java.util.Arrays.equals(present.bytes().toByteArray(), bytes))
                .isPresent();
        if (same) {
            skip();
        } else if (dryRun) {
            out.object(Output.fields("path", target.toString()), "would link " + target);
        } else {
            if (there.isPresent()) {
                cell.remove(target);
            }
            cell.symlink(bytes, target);
            progress.file();
        }
    }

    static boolean equal(Stat stat, long size, Instant modified) {
        return stat.isFile() && stat.size() == size && stat.modified().equals(modified);
    }

    private static Name localName(Path path) throws IOException {
        Path real = path.toRealPath(LinkOption.NOFOLLOW_LINKS);
        if (real.getNameCount() == 0) {
            throw new NoSuchFileException(path.toString());
        }
        return LocalNames.last(real);
    }
}
