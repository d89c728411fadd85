package holdfast.verify.posix;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.environment.Requires;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.MountedCell;
import holdfast.verify.processes.SmallDisk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The same small steps on an ext4 disk and elsewhere, by {@code verify/posix/kit}: nothing differs
 * but what is explained, and nothing is explained that does not differ.
 */
final class PosixKitTest {
    private static final Path VERIFY = Path.of("").toAbsolutePath();
    private static final Path KIT = VERIFY.resolve("posix/kit");
    private static final Path TMPFS = VERIFY.resolve("posix/tmpfs.md");
    private static final Path MOUNT = VERIFY.resolve("../docs/posix.md").normalize();
    private static final int DISK_MIB = 600;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @TempDir
    Path folder;

    @Test
    void memoryDiffersFromADiskOnlyAsExplained() {
        try (SmallDisk memory = SmallDisk.mount(folder.resolve("memory"), DISK_MIB)) {
            differsAsExplained(memory.at(), TMPFS);
        }
    }

    @Test
    void aMountDiffersFromADiskOnlyAsExplained() {
        try (MountedCell cell = MountedCell.start(folder)) {
            MountedCell.Mount mount = cell.mount("mnt", "--devices", "--setuid");
            differsAsExplained(mount.at(), MOUNT);
            mount.unmount();
        }
    }

    private void differsAsExplained(Path directory, Path page) {
        List<Difference> differences = onDisk().differences(in(directory));
        ExplainedDifferences explained = ExplainedDifferences.of(page);
        assertThat(explained.unexplained(differences))
                .as("not explained in " + page)
                .isEmpty();
        assertThat(explained.unused(differences)).as("out of date in " + page).isEmpty();
    }

    private Outcomes onDisk() {
        try (SmallDisk disk = SmallDisk.inFile(folder.resolve("disk"), DISK_MIB)) {
            Outcomes outcomes = in(disk.at());
            assertThat(outcomes.all()).hasSizeGreaterThan(1_000);
            return outcomes;
        }
    }

    private Outcomes in(Path directory) {
        Requires.root();
        Requires.command("python3");
        LocalProcess kit = LocalProcess.program(folder, KIT.toString(), directory.toString());
        assertThat(kit.awaitEnd(PATIENCE)).as(kit.err()).isZero();
        assertThat(kit.err()).isEmpty();
        return Outcomes.of(kit.out());
    }
}
