package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A process that held a mount is killed. */
class DeadMountTest {
    @TempDir
    Path folder;

    @AfterEach
    void unmount() {
        Programs programs = new Programs(folder);
        programs.shell("while umount -l mnt 2>/dev/null; do :; done");
    }

    @Test
    void whatItLeavesBehindIsClearedByTheNextMount() throws Exception {
        Path place = Files.createDirectory(folder.resolve("mnt"));
        Programs programs = new Programs(folder);
        for (int i = 0; i < 2; i++) {
            Process holder = programs.start(Programs.java(MountProgram.class, place.toString()));
            assertThat(holder.inputReader().readLine()).isEqualTo("mounted passthrough=true");
            assertThat(programs.run("cat", "mnt/file")).isEqualTo("from afar\n");
            holder.destroyForcibly();
            assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(programs.ended("cat", "mnt/file").said())
                    .contains("endpoint is not connected");
        }
        MemoryFiles files = new MemoryFiles();
        files.put("file", "here again\n");
        try (Mounted _ = Mounted.at(place, files, Mounted.options())) {
            assertThat(programs.run("cat", "mnt/file")).isEqualTo("here again\n");
        }
        assertThat(programs.run("ls", "mnt")).isEmpty();
    }

    @Test
    void aMountThatFailsLeavesNothing() throws IOException {
        MountOptions options = Mounted.options();
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> FuseMount.mount(none, new MemoryFiles(), options))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
        Path place = Files.createDirectory(folder.resolve("mnt"));
        FuseFileSystem broken = new FuseFileSystem() {
            @Override
            public void mounted(FuseMount mount) {
                throw new IllegalStateException("not today");
            }
        };
        assertThatThrownBy(() -> FuseMount.mount(place, broken, options)).hasMessage("not today");
        assertThat(new Programs(folder).run("ls", "mnt")).isEmpty();
    }
}
