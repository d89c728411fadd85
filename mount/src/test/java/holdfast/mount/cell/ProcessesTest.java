package holdfast.mount.cell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

final class ProcessesTest {
    private static final int HERE = Math.toIntExact(ProcessHandle.current().pid());

    /** Beyond what the kernel gives. */
    private static final int NONE = 1 << 30;

    @TempDir
    Path folder;

    private static boolean writes(Path file) throws IOException {
        return Processes.writes(HERE, (long) Files.getAttribute(file, "unix:ino"));
    }

    @Test
    void aProcessWritesToWhatItHasOpenForWriting() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(writes(file)).isFalse();
        try (FileChannel _ = FileChannel.open(file, StandardOpenOption.READ)) {
            assertThat(writes(file)).isFalse();
            try (FileChannel _ = FileChannel.open(file, StandardOpenOption.APPEND)) {
                assertThat(writes(file)).isTrue();
                assertThat(writes(Files.createFile(folder.resolve("other")))).isFalse();
            }
        }
        assertThat(writes(file)).isFalse();
    }

    @Test
    void aProcessThatIsGoneWritesToNothing() {
        assertThat(Processes.writes(NONE, 1)).isFalse();
    }
}
