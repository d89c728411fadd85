package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.client.files.Stat;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/** Edits a file in the user's editor, its lock held meanwhile. */
@Command(
        name = "edit",
        description =
                "Edit a file in $EDITOR; nobody else can write it meanwhile. Makes it when it is"
                        + " absent.",
        footer = {"  EDITOR=nano holdfast edit /notes.txt", "  holdfast edit --wait 0s /notes.txt"})
final class EditCommand extends ClientCommand {
    @Option(
            names = "--wait",
            paramLabel = "TIME",
            defaultValue = "1m",
            converter = People.DurationConverter.class,
            description =
                    "How long to wait for another writer (default: ${DEFAULT-VALUE}; 0s: not at"
                            + " all).")
    Duration wait = Duration.ofMinutes(1);

    @Parameters(paramLabel = "PATH", description = "The file.")
    String path = "/";

    @Override
    boolean oneShot() {
        return false;
    }

    @Override
    int run(Cell cell, Output out) throws IOException {
        CellPath file = path(path);
        OpenRequest how = OpenRequest.create()
                .waitingAtMost(wait)
                .tellingWhenWaiting(holder -> err.println("waiting for " + People.holder(holder)));
        Optional<OpenFile> made = makeNew(cell, file, how);
        OpenFile open = made.isPresent() ? made.get() : cell.open(file, how);
        long before = open.stat().dataVersion();
        try {
            edit(open, file);
        } catch (IOException | RuntimeException e) {
            undo(cell, file, open, made.isPresent(), e);
            throw e;
        }
        open.close();
        Stat stat = open.stat();
        out.object(
                Output.fields("path", path, "dataVersion", stat.dataVersion(), "size", stat.size()),
                stat.dataVersion() == before
                        ? file + ": unchanged"
                        : file + ": stored, " + People.size(stat.size()));
        return ExitCodes.DONE;
    }

    /** The new file, when there was none. */
    private static Optional<OpenFile> makeNew(Cell cell, CellPath file, OpenRequest how)
            throws IOException {
        try {
            cell.lstat(file);
            return Optional.empty();
        } catch (CellException e) {
            if (e.code() != FailureCode.NOT_FOUND) {
                throw e;
            }
        }
        try {
            return Optional.of(cell.open(file, how.onlyNew()));
        } catch (CellException e) {
            if (e.code() == FailureCode.ALREADY_EXISTS) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** All as it was; a file that this made goes while nobody else can have written it. */
    private static void undo(Cell cell, CellPath file, OpenFile open, boolean made, Exception why) {
        try {
            if (made) {
                cell.remove(file);
            }
        } catch (CellException e) {
            why.addSuppressed(e);
        } finally {
            open.discard();
        }
    }

    /**
     * Runs the editor on a link with the file's own name, so that it knows what kind of text it is.
     */
    private static void edit(OpenFile open, CellPath file) throws IOException {
        Path folder = Files.createTempDirectory("holdfast-edit");
        Path named = folder.resolve(file.last().toString());
        try {
            Files.createSymbolicLink(named, open.path());
            int exit = runEditor(named);
            if (exit != 0) {
                throw Failure.of(
                                FailureCode.LOCAL_IO,
                                "the editor ended with " + exit + "; nothing was stored")
                        .at(file.toString())
                        .exception();
            }
            if (!Files.isSymbolicLink(named)
                    && Files.isRegularFile(named, LinkOption.NOFOLLOW_LINKS)) {
                copyInto(named, open.channel());
            }
        } finally {
            Files.deleteIfExists(named);
            deleteQuietly(folder);
        }
    }

    /**
     * Editors that save by renaming a new file over the old one leave a file where the link was.
     */
    private static void copyInto(Path from, FileChannel to) throws IOException {
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ)) {
            to.truncate(0);
            long done = 0;
            while (done < in.size()) {
                done += to.transferFrom(in, done, in.size() - done);
            }
        }
    }

    private static int runEditor(Path file) throws IOException {
        String editor = firstSet("VISUAL", "EDITOR");
        ProcessBuilder command = new ProcessBuilder(
                "sh", "-c", (editor == null ? "vi" : editor) + " \"$0\"", file.toString());
        Process process = command.inheritIO().start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted; nothing was stored");
        }
    }

    private static @Nullable String firstSet(String... variables) {
        for (String variable : variables) {
            String value = System.getenv(variable);
            if (value != null && !value.isBlank()) {
                return value;
            }
        }
        return null;
    }

    /** Editors may leave backup files there. */
    private static void deleteQuietly(Path folder) throws IOException {
        try (var rest = Files.list(folder)) {
            for (Path left : rest.toList()) {
                Files.deleteIfExists(left);
            }
        }
        Files.deleteIfExists(folder);
    }
}
