package holdfast.verify.cell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The README's walk-through: four server processes, three client programs. */
final class DemoTest {
    private static final Path LAUNCHER =
            Path.of("..", "holdfast").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    @Test
    void theWalkThroughOfTheReadmeEndsWell() throws IOException, InterruptedException {
        File said = folder.resolve("said").toFile();
        ProcessBuilder command = new ProcessBuilder(LAUNCHER.toString(), "demo", "--hold", "2s")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said);
        command.environment().put("HOLDFAST_BUILD", "never");
        Process demo = command.start();
        boolean ended = demo.waitFor(4, TimeUnit.MINUTES);
        String text = Files.readString(said.toPath());
        assertThat(ended).as(text).isTrue();
        assertThat(demo.exitValue()).as(text).isZero();
        assertThat(text)
                .containsSubsequence(
                        "Client1: has /etc/blub open",
                        "Client2: waits for",
                        "Client1: closes /etc/blub",
                        "Client2: has the lock of /etc/blub",
                        "/etc/blub says: from Client2",
                        "/home/notes was not cached",
                        "/home/notes was cached",
                        "done: every step did what it says");
    }
}
