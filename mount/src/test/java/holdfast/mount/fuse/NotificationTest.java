package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.path.Name;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/** What the kernel has cached is true until it is told otherwise. */
class NotificationTest {
    private static final Name FILE = Name.of("file");

    @TempDir
    Path folder;

    private final MemoryFiles files = new MemoryFiles();
    private Mounted mounted;
    private Programs programs;

    @BeforeEach
    void mount() throws IOException {
        mounted = Mounted.at(folder.resolve("mnt"), files, Mounted.options());
        programs = mounted.programs();
    }

    @AfterEach
    void unmount() throws IOException {
        mounted.close();
    }

    private String content() {
        return programs.run("cat", "file");
    }

    private String number() {
        return programs.run("stat", "-c", "%i", "file").strip();
    }

    @Test
    void contentsAreKeptUntilTheInodeIsInvalidated() throws IOException {
        Node node = files.put("file", "old");
        assertThat(content()).isEqualTo("old");
        long reads = files.reads.sum();
        node.fill("new");
        assertThat(content()).isEqualTo("old");
        assertThat(files.reads.sum()).isEqualTo(reads);
        assertThat(mounted.mount().invalidateInode(node.id, 0, 0)).isTrue();
        assertThat(content()).isEqualTo("new");
        node.fill("new and longer");
        assertThat(mounted.mount().invalidateInode(node.id, 0, 0)).isTrue();
        assertThat(content()).isEqualTo("new and longer");
    }

    @Test
    void aNameIsKeptUntilItIsInvalidated() throws IOException {
        Node old = files.put("file", "old");
        assertThat(content()).isEqualTo("old");
        Node replaced = files.put("file", "new");
        assertThat(number()).isEqualTo("" + old.id);
        assertThat(mounted.mount().invalidateEntry(Entry.ROOT, FILE)).isTrue();
        assertThat(number()).isEqualTo("" + replaced.id);
        assertThat(content()).isEqualTo("new");
    }

    @Test
    void aNameThatExpiresIsLookedUpAgain() throws IOException {
        files.put("file", "old");
        assertThat(content()).isEqualTo("old");
        Node replaced = files.put("file", "new");
        assertThat(mounted.mount().expireEntry(Entry.ROOT, FILE)).isTrue();
        assertThat(number()).isEqualTo("" + replaced.id);
    }

    @Test
    void aDeletedNameIsGone() throws IOException {
        Node node = files.put("file", "old");
        assertThat(content()).isEqualTo("old");
        files.remove("file");
        assertThat(content()).isEqualTo("old");
        assertThat(mounted.mount().deleteEntry(Entry.ROOT, node.id, FILE)).isTrue();
        assertThat(programs.ended("cat", "file").said()).contains("No such file");
    }

    @Test
    void anEpochLetsAllNamesBeLookedUpAgain() throws IOException {
        files.put("file", "old");
        assertThat(content()).isEqualTo("old");
        Node replaced = files.put("file", "new");
        boolean offered = mounted.mount().protocolMinor() >= 44;
        assertThat(mounted.mount().incrementEpoch()).isEqualTo(offered);
        if (offered) {
            assertThat(number()).isEqualTo("" + replaced.id);
            assertThat(content()).isEqualTo("new");
        }
    }

    @Test
    void theKernelSaysWhatItDoesNotKnow() throws IOException {
        assertThat(mounted.mount().invalidateInode(4711, 0, 0)).isFalse();
        assertThat(mounted.mount().invalidateEntry(4711, FILE)).isFalse();
        assertThat(mounted.mount().deleteEntry(4711, 4712, FILE)).isFalse();
        mounted.mount().close();
        assertThat(mounted.mount().invalidateInode(Entry.ROOT, 0, 0)).isFalse();
        assertThat(mounted.mount().incrementEpoch()).isFalse();
    }
}
