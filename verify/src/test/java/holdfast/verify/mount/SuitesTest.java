package holdfast.verify.mount;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.environment.Requires;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.MountedCell;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Programs of the system at work on a mount, each checking what it sees: the scripts in
 * {@code verify/suites}. {@code -Dholdfast.suites.long=true} runs them for long,
 * {@code -Dholdfast.suites.directory=DIR} in a directory instead of a mount. They take minutes, so
 * that {@code -Dholdfast.suites=true} asks for them.
 */
@EnabledIfSystemProperty(
        named = "holdfast.suites",
        matches = "true",
        disabledReason = "they take minutes")
final class SuitesTest {
    private static final boolean LONG = Boolean.getBoolean("holdfast.suites.long");
    private static final String ELSEWHERE = System.getProperty("holdfast.suites.directory", "");
    private static final Duration PATIENCE = Duration.ofMinutes(LONG ? 120 : 20);
    private static final Path SUITES = Path.of("suites").toAbsolutePath();

    @TempDir
    static Path folder;

    private static @Nullable MountedCell cell;
    private static Path directory;

    @BeforeAll
    static void mount() {
        if (ELSEWHERE.isEmpty()) {
            MountedCell made = MountedCell.start(folder);
            cell = made;
            directory = made.mount("mnt", "--devices", "--setuid").at();
        } else {
            directory = Path.of(ELSEWHERE);
        }
    }

    @AfterAll
    static void unmount() {
        if (cell != null) {
            cell.close();
        }
    }

    /** Runs a script in a new directory, which it may leave full. */
    private static void suite(String name, String... needed) throws IOException {
        for (String command : needed) {
            Requires.command(command);
        }
        Path place = Files.createTempDirectory(directory, "suite");
        try (LocalProcess script = LocalProcess.program(
                folder,
                LONG ? Map.of("LONG", "1") : Map.of(),
                SUITES.resolve(name).toString(),
                place.toString())) {
            int code = script.awaitEnd(PATIENCE);
            System.out.println(name + ":\n" + script.out() + script.err());
            assertThat(code).as(script.out() + script.err()).isZero();
        }
        LocalProcess remove = LocalProcess.program(folder, "rm", "-r", place.toString());
        assertThat(remove.awaitEnd()).as(remove.err()).isZero();
    }

    @Test
    void toolsDoWhatTheyDoOnADisk() throws IOException {
        suite("packages/tools", "tar", "diff", "patch");
    }

    @Test
    void gitFindsItsRepositoriesWhole() throws IOException {
        suite("packages/git", "git");
    }

    @Test
    void rsyncFindsNothingToSendAgain() throws IOException {
        suite("packages/rsync", "rsync", "setfattr");
    }

    @Test
    void databasesAreWholeInEachJournalMode() throws IOException {
        suite("packages/sqlite", "sqlite3");
    }

    @Test
    void fioReadsWhatItWrote() throws IOException {
        suite("packages/fio", "fio");
    }

    @Test
    void stressorsSeeNothingWrong() throws IOException {
        suite("packages/stress-ng", "stress-ng");
    }

    @Test
    void theWorkOfAFileServerIsDone() throws IOException {
        suite("packages/dbench", "dbench");
    }

    @Test
    void manyFilesAreMadeAndRemoved() throws IOException {
        suite("packages/bonnie", "bonnie++");
    }

    /** Built elsewhere; see {@code verify/suites/built/pjdfstest}. */
    @Test
    @EnabledIfEnvironmentVariable(named = "PJDFSTEST", matches = ".+")
    void pjdfstestPasses() throws IOException {
        suite("built/pjdfstest", "openssl");
    }
}
