package holdfast.verify.servers;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.CellOptions;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A cell whose administrators are named on the command line, and commands of several users. */
final class AdministratorsTest {
    private static final int REFUSED = 6;
    private static final String FILE = "/notes";

    @TempDir
    static Path folder;

    private static int directory;
    private static LocalProcess serve;

    @BeforeAll
    static void start() {
        directory = ProcessCell.freePort();
        List<String> command = List.of(
                "serve",
                "--data",
                "data",
                "--admin",
                "anna",
                "--admin",
                "cy",
                "--directory-port",
                String.valueOf(directory),
                "--locking-port",
                String.valueOf(ProcessCell.freePort()),
                "--files-port",
                String.valueOf(ProcessCell.freePort()));
        serve = LocalProcess.holdfast(folder, Map.of(), command);
        serve.awaitOut("a cell is up");
    }

    @AfterAll
    static void stop() {
        serve.close();
    }

    private static LocalProcess as(String user, String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addAll(List.of("--servers", "data/servers.json"));
        LocalProcess process = LocalProcess.holdfast(
                folder, Map.of("HOLDFAST_JAVA_OPTS", "-Duser.name=" + user), command);
        int unused = process.awaitEnd();
        return process;
    }

    private static void done(String user, String... arguments) {
        LocalProcess process = as(user, arguments);
        assertThat(process.awaitEnd()).as(process.err()).isZero();
    }

    private static void refused(String user, String what, String... arguments) {
        LocalProcess process = as(user, arguments);
        assertThat(process.awaitEnd()).as(process.err()).isEqualTo(REFUSED);
        assertThat(process.err().strip().lines())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("holdfast: ")
                        .contains("only administrators of the cell may " + what + ", and '" + user
                                + "' is none"));
    }

    @Test
    void whoIsNoneChangesNeitherVolumesNorServers() {
        refused("bob", "make volumes", "volumes", "create", "/media");
        done("anna", "volumes", "create", "/media");
        refused("bob", "move volumes", "volumes", "move", "/media", "/films");
        refused("bob", "remove volumes", "volumes", "remove", "/media");
        refused("bob", "remove volumes", "volumes", "remove", "--with-contents", "/media");
        done("cy", "volumes", "remove", "/media");
    }

    @Test
    void anAdministratorBreaksALockAndTheServersLogSaysWhoAndWhy() throws IOException {
        CellOptions holder =
                CellOptions.at("127.0.0.1:" + directory).withCache(folder.resolve("cache-holder"));
        try (Cell cell = Cell.connect(holder);
                OpenFile held = cell.open(CellPath.parse(FILE), OpenRequest.create())) {
            refused("bob", "break locks", "locks", "break", FILE);
            assertThat(cell.administration().locks()).hasSize(1);
            done("anna", "locks", "break", "--reason", "laptop\nlost", FILE);
            assertThat(cell.administration().locks()).isEmpty();
            assertThat(held.stat().isFile()).isTrue();
        }
        assertThat(serve.err().lines().filter(line -> line.contains("broke the lock")))
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("anna of ")
                        .contains("broke the lock of " + System.getProperty("user.name") + " on ")
                        .contains(" on " + FILE + " ")
                        .endsWith(": laptop?lost"));
    }
}
