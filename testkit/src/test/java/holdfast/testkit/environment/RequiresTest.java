package holdfast.testkit.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

class RequiresTest {
    @Test
    void whatIsMissingSkipsTheTestAndSaysWhy() {
        assertThatThrownBy(() -> new Requires(Map.of()).check(false, "needs a moon"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("needs a moon");
    }

    @Test
    void whatIsMissingFailsTheTestInContinuousIntegration() {
        assertThatThrownBy(() -> new Requires(Map.of("CI", "true")).check(false, "needs a moon"))
                .isInstanceOf(AssertionFailedError.class)
                .hasMessageContaining("needs a moon");
    }

    @Test
    void whatIsThereLetsTheTestRun() {
        assertThatCode(() -> new Requires(Map.of("CI", "true")).check(true, "needs air"))
                .doesNotThrowAnyException();
    }

    @Test
    void commandsAreFoundInThePath(@TempDir Path folder) throws Exception {
        Path tool = Files.createFile(folder.resolve("tool"));
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
        Requires here = new Requires(Map.of("PATH", ":/nowhere:" + folder));
        assertThat(here.find("tool")).contains(tool);
        assertThat(here.find("other")).isEmpty();
    }
}
