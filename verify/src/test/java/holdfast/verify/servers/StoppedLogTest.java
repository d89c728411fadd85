package holdfast.verify.servers;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.Where;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.testkit.environment.Requires;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that can't write its log any more does not go on answering errors: it ends. */
final class StoppedLogTest {
    /** Room for what a process says at its end, and for a few entries of its log. */
    private static final long BYTES_MAX = 4096;

    private static final int CHANGES_MAX = 200;

    @TempDir
    Path folder;

    private final AtomicInteger names = new AtomicInteger();

    @BeforeEach
    void needs() {
        Requires.command("prlimit");
    }

    /** A change of the cell that the server under test has to commit. */
    private interface Change {
        void make(Cell client, CellPath path) throws CellException;
    }

    @Test
    void aServerThatCannotWriteItsLogEndsAndSaysWhy() {
        try (ProcessCell cell = ProcessCell.start(folder)) {
            endsAndStartsAgain(cell, Server.LOCKING, "locking", StoppedLogTest::session);
            endsAndStartsAgain(cell, Server.FILES_1, "fs1_root", StoppedLogTest::directory);
            endsAndStartsAgain(cell, Server.DIRECTORY, "directory", StoppedLogTest::volume);
        }
    }

    private static void volume(Cell client, CellPath path) throws CellException {
        client.administration().createVolume(path, Where.ANYWHERE, 0);
    }

    private static void session(Cell client, CellPath path) throws CellException {
        client.open(path, OpenRequest.create().notWaiting()).close();
    }

    private static void directory(Cell client, CellPath path) throws CellException {
        client.mkdir(path, 0755);
    }

    private void endsAndStartsAgain(ProcessCell cell, Server server, String data, Change change) {
        LocalProcess process = cell.process(server);
        process.limitFileSize(BYTES_MAX);
        changeUntilItEnds(process, cell.directory(), "/etc", change);
        assertSaidWhy(process, folder.resolve(data));
        cell.start(server);
        cell.done("put", "servers.json", "/etc/after-" + server);
    }

    @Test
    void soDoesAWholeCellInOneProcess() {
        int directory = ProcessCell.freePort();
        List<String> serve = List.of(
                "serve",
                "--data",
                "data",
                "--directory-port",
                String.valueOf(directory),
                "--locking-port",
                String.valueOf(ProcessCell.freePort()),
                "--files-port",
                String.valueOf(ProcessCell.freePort()));
        try (LocalProcess process = LocalProcess.holdfast(folder, Map.of(), serve)) {
            process.awaitOut("a cell is up");
            process.limitFileSize(BYTES_MAX);
            changeUntilItEnds(process, "127.0.0.1:" + directory, "", StoppedLogTest::session);
            assertSaidWhy(process, folder.resolve("data/[a-z]+"));
        }
    }

    private void changeUntilItEnds(
            LocalProcess process, String directory, String below, Change change) {
        CellOptions options = CellOptions.at(directory)
                .withCache(folder.resolve("cache"))
                .withTimeout(Duration.ofSeconds(2))
                .asOneShot();
        String last = "none";
        for (int i = 0; i < CHANGES_MAX && process.alive(); i++) {
            CellPath path = CellPath.parse(below + "/new-" + names.incrementAndGet());
            try (Cell client = Cell.connect(options)) {
                change.make(client, path);
                last = "done";
            } catch (CellException e) {
                last = e.toString();
            }
        }
        assertThat(process.alive()).as("the last change: %s", last).isFalse();
    }

    private static void assertSaidWhy(LocalProcess process, Path data) {
        assertThat(process.awaitEnd()).as(process.err()).isEqualTo(2);
        String why = "holdfast: the log in " + data + "/log has stopped: File too large";
        assertThat(process.err().lines()).anyMatch(line -> line.matches(why));
        assertThat(process.err()).doesNotContain("\tat ");
    }
}
