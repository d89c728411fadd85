package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel reads and writes local files in place of a mount's. */
class PassthroughTest {
    @TempDir
    Path folder;

    private BackedFiles files;
    private Mounted mounted;
    private Programs programs;

    @BeforeEach
    void mount() throws IOException {
        files = new BackedFiles(Files.createDirectory(folder.resolve("local")));
        mounted = Mounted.at(folder.resolve("mnt"), files, Mounted.options());
        programs = mounted.programs();
        assertThat(mounted.mount().features()).contains(Feature.PASSTHROUGH);
    }

    @AfterEach
    void unmount() throws IOException {
        mounted.close();
    }

    @Test
    void bytesGoPastUs() throws IOException {
        programs.shell("dd if=/dev/urandom of=f bs=100k count=30 status=none");
        long node = Long.parseLong(programs.run("stat", "-c", "%i", "f").strip());
        programs.run("cmp", "f", files.file(node).toString());
        programs.shell("printf middle | dd of=f bs=1 seek=1000 conv=notrunc status=none");
        assertThat(Files.readAllBytes(files.file(node))).hasSize(3_072_000).contains('m', 'd');
        programs.run("cmp", "f", files.file(node).toString());
        assertThat(files.reads.sum()).isZero();
    }

    @Test
    void severalOpensShareTheFileAndTheLastLetsGo() {
        programs.shell("exec 3> f; echo a >&3; cat f; exec 4>> f; echo b >&4; cat f > g");
        assertThat(programs.run("cat", "g")).isEqualTo("a\nb\n");
        await("the last release").until(() -> files.openBackings() == 0);
    }

    @Test
    void aBackingMustBeARegularFile() {
        assertThatThrownBy(() -> mounted.mount().backing(folder.resolve("none")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none")
                .hasMessageContaining("ENOENT");
        assertThatThrownBy(() -> mounted.mount().backing(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no backing for " + folder);
    }
}
