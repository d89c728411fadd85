package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A mount through {@code fusermount3}, by a user who may do nothing else. */
class UnprivilegedMountTest {
    private static final List<String> NOBODY =
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

    @TempDir
    Path folder;

    private Programs programs;

    @BeforeEach
    void makeAPlace() {
        programs = new Programs(folder);
        programs.shell("chmod 755 .; mkdir mnt; chown 65534:65534 mnt");
    }

    @AfterEach
    void unmount() {
        programs.shell("while umount -l mnt 2>/dev/null; do :; done");
    }

    @Test
    void isTheUsersOwn() throws Exception {
        Process holder = programs.start(asNobody("mnt"));
        assertThat(holder.inputReader().readLine()).isEqualTo("mounted passthrough=false");
        assertThat(programs.run("grep", folder + "/mnt", "/proc/mounts"))
                .contains("memory", "fuse.holdfast-test", "user_id=65534", "nosuid,nodev");
        assertThat(nobody("cat", "mnt/file")).isEqualTo("from afar\n");
        assertThat(nobody("sh", "-c", "echo more >> mnt/new; cat mnt/new")).isEqualTo("more\n");
        assertThat(programs.ended("cat", "mnt/file").said()).contains("Permission denied");
        holder.getOutputStream().close();
        assertThat(holder.inputReader().readLine()).isEqualTo("unmounted");
        assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(programs.run("ls", "mnt")).isEmpty();
    }

    @Test
    void leavesAPlaceThatTheNextOneClears() throws Exception {
        Process holder = programs.start(asNobody("mnt"));
        assertThat(holder.inputReader().readLine()).startsWith("mounted");
        holder.destroyForcibly();
        assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
        Process next = programs.start(asNobody("mnt"));
        assertThat(next.inputReader().readLine()).startsWith("mounted");
        assertThat(nobody("cat", "mnt/file")).isEqualTo("from afar\n");
        next.getOutputStream().close();
        assertThat(next.inputReader().readLine()).isEqualTo("unmounted");
    }

    @Test
    void saysWhyItIsRefused() throws IOException {
        programs.run("chown", "root:root", "mnt");
        assertThat(Programs.end(programs.start(asNobody("mnt"))).said())
                .contains("fusermount3 did not mount at " + folder.toRealPath() + "/mnt")
                .contains("user has no write access to mountpoint");
    }

    private String nobody(String... command) {
        List<String> all = new ArrayList<>(NOBODY);
        all.addAll(List.of(command));
        return programs.run(all.toArray(String[]::new));
    }

    /** What the process needs is copied: the user may not be let into where it lies. */
    private String[] asNobody(String place) {
        List<String> path = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (entry.contains("classes") || entry.matches(".*(slf4j|jspecify|model).*")) {
                path.add("classes-" + path.size());
                if (!Files.exists(folder.resolve(path.getLast()))) {
                    programs.run("cp", "-r", entry, path.getLast());
                }
            }
        }
        List<String> command = new ArrayList<>(NOBODY);
        command.addAll(Arrays.asList(Programs.java(MountProgram.class, place)));
        command.set(command.indexOf("-cp") + 1, String.join(File.pathSeparator, path));
        return command.toArray(String[]::new);
    }
}
