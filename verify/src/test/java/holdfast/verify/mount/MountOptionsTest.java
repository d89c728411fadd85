package holdfast.verify.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.testkit.environment.Requires;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/** Mounts as mount(8) and fstab(5) make them, and what their options do. */
@ExtendWith(SharedCell.class)
final class MountOptionsTest {
    private static final Path HELPER =
            Path.of("..", "mount.holdfast").toAbsolutePath().normalize();
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @BeforeAll
    static void mounts() {
        Requires.root();
        Requires.readable(Path.of("/dev/fuse"));
    }

    private static LocalProcess helper(ProcessCell cell, String source, Path at, String words) {
        String all = words + ",cache=" + cell.folder().resolve("cache-" + at.getFileName());
        return LocalProcess.program(
                cell.folder(), HELPER.toString(), source, at.toString(), "-o", all);
    }

    /** Mounts, has {@code work} done, and unmounts as any other file system. */
    private static void mounted(ProcessCell cell, String source, String words, Work work)
            throws IOException {
        Path at = Files.createTempDirectory(cell.folder(), "mount");
        LocalProcess mount = helper(cell, source, at, words);
        assertThat(mount.awaitEnd()).as(mount.err()).isZero();
        try {
            work.on(at);
        } finally {
            LocalProcess.program(cell.folder(), "umount", at.toString()).awaitEnd();
            await("its process ends")
                    .atMost(PATIENCE)
                    .until(() -> ProcessHandle.allProcesses().noneMatch(each -> serves(each, at)));
        }
    }

    private static boolean serves(ProcessHandle process, Path at) {
        return process.info().commandLine().orElse("").contains(" " + at);
    }

    @FunctionalInterface
    private interface Work {
        void on(Path at) throws IOException;
    }

    private static Optional<String> line(Path at) throws IOException {
        return Files.readAllLines(Path.of("/proc/mounts")).stream()
                .filter(line -> line.contains(" " + at + " "))
                .findFirst();
    }

    @Test
    void aLineOfFstabMounts(ProcessCell cell) throws IOException {
        String servers = cell.folder().resolve("servers.json").toString();
        String words = "ro,noexec,_netdev,nofail,noauto,x-systemd.automount,comment=x,lock=fail";
        mounted(cell, servers, words, at -> {
            assertThat(line(at))
                    .hasValueSatisfying(line -> assertThat(line)
                            .startsWith(
                                    servers + " " + at + " fuse.holdfast ro,nosuid,nodev,noexec"));
            String file = at.resolve("src/file").toString();
            LocalProcess touch = LocalProcess.program(cell.folder(), "touch", file);
            assertThat(touch.awaitEnd()).isNotZero();
            assertThat(touch.err()).contains("Read-only file system");
        });
    }

    @Test
    void unknownWordsAreRefused(ProcessCell cell) throws IOException {
        Path at = Files.createTempDirectory(cell.folder(), "mount");
        LocalProcess mount = helper(cell, cell.directory(), at, "ro,loud");
        assertThat(mount.awaitEnd()).isEqualTo(1);
        assertThat(mount.err()).contains("unknown mount option 'loud'");
        assertThat(line(at)).isEmpty();
    }

    @Test
    void openFilesAreStoredNowAndThenAndAStoppedServerHoldsUpNoOther(ProcessCell cell)
            throws IOException {
        mounted(cell, cell.directory(), "store-every=1s", at -> {
            openFilesAreStored(cell, at);
            aStoppedServerHoldsUpNoOther(cell, at);
        });
    }

    private static void openFilesAreStored(ProcessCell cell, Path at) throws IOException {
        try (FileChannel file = FileChannel.open(
                at.resolve("src/open"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap("text".getBytes(StandardCharsets.UTF_8)));
            await().atMost(PATIENCE).until(() -> cell.done("cat", "/src/open").equals("text"));
        }
    }

    private static void aStoppedServerHoldsUpNoOther(ProcessCell cell, Path at) {
        LocalProcess stopped = cell.process(Server.FILES_2);
        stopped.pause();
        LocalProcess waiting;
        try {
            waiting =
                    LocalProcess.program(cell.folder(), "ls", at.resolve("home").toString());
            cell.done("touch", "/src/new");
            LocalProcess other =
                    LocalProcess.program(cell.folder(), "ls", at.resolve("src").toString());
            assertThat(other.awaitEnd()).isZero();
            assertThat(other.out()).contains("new\n");
            assertThat(waiting.alive()).isTrue();
        } finally {
            stopped.goOn();
        }
        assertThat(waiting.awaitEnd()).as(waiting.err()).isZero();
    }
}
