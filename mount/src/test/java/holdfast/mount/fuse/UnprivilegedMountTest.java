package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
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
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A mount through {@code fusermount3}, by a user who may do nothing else. */
class UnprivilegedMountTest {
    private static final List<String> NOBODY =
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

    @TempDir
    Path folder;

    private Programs programs;
    private @Nullable Process holder;

    @BeforeEach
    void makeAPlace() {
        programs = new Programs(folder);
        programs.shell("chmod 755 .; mkdir mnt; chown 65534:65534 mnt");
        // As udev leaves it; not everywhere is there one.
        programs.shell("mknod -m 666 fuse c 10 229");
    }

    @AfterEach
    void end() {
        if (holder != null) {
            holder.destroyForcibly();
        }
    }

    @Test
    void isTheUsersOwn() throws Exception {
        Process process = start();
        assertThat(process.inputReader().readLine()).isEqualTo("mounted passthrough=false");
        assertThat(nobody("grep", folder + "/mnt", "/proc/mounts"))
                .contains("memory", "fuse.holdfast-test", "user_id=65534", "nosuid,nodev");
        assertThat(nobody("cat", folder + "/mnt/file")).isEqualTo("from afar\n");
        String line = "cd %s/mnt; echo more >> new; cat new".formatted(folder);
        assertThat(nobody("sh", "-c", line)).isEqualTo("more\n");
        assertThat(programs.ended(inside(List.of("cat", folder + "/mnt/file"))).said())
                .contains("Permission denied");
        process.getOutputStream().close();
        assertThat(process.inputReader().readLine()).isEqualTo("unmounted");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void leavesAPlaceThatTheNextOneClears() throws Exception {
        String java = String.join(" ", asNobody("mnt"));
        // The namespace, and so the dead mount, lives as long as the shell.
        Process process = start(
                "sh", "-c", "exec 3<&0; (%s <&3 & echo $!; wait); exec %s".formatted(java, java));
        long first = Long.parseLong(process.inputReader().readLine());
        assertThat(process.inputReader().readLine()).startsWith("mounted");
        programs.run("kill", "-KILL", "" + first);
        assertThat(process.inputReader()
                        .lines()
                        .filter(l -> l.startsWith("mounted"))
                        .findFirst())
                .isPresent();
        assertThat(nobody("cat", folder + "/mnt/file")).isEqualTo("from afar\n");
    }

    @Test
    void saysWhyItIsRefused() throws IOException {
        programs.run("chown", "root:root", "mnt");
        assertThat(Programs.end(start()).said())
                .contains("fusermount3 did not mount at " + folder.toRealPath() + "/mnt")
                .contains("user has no write access to mountpoint");
    }

    private Process start() {
        return start(asNobody("mnt").toArray(String[]::new));
    }

    /** In a namespace of its own, where the device is as it should be. */
    private Process start(String... command) {
        List<String> all = new ArrayList<>(List.of(
                "unshare", "-m", "sh", "-ec", "mount --bind fuse /dev/fuse; exec \"$@\"", "sh"));
        all.addAll(List.of(command));
        Process process = programs.start(all.toArray(String[]::new));
        holder = process;
        return process;
    }

    private String[] inside(List<String> command) {
        List<String> all = new ArrayList<>(List.of(
                "nsenter", "-m", "-t", "" + Objects.requireNonNull(holder).pid()));
        all.addAll(command);
        return all.toArray(String[]::new);
    }

    private String nobody(String... command) {
        List<String> all = new ArrayList<>(NOBODY);
        all.addAll(List.of(command));
        return programs.run(inside(all));
    }

    /** What the process needs is copied: the user may not be let into where it lies. */
    private List<String> asNobody(String place) {
        List<String> path = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
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
        return command;
    }
}
