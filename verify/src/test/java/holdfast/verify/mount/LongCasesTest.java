package holdfast.verify.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.Cell.Administration.MemberInfo;
import holdfast.verify.processes.JvmMemory;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.MountedCell;
import holdfast.verify.processes.MountedCell.Mount;
import holdfast.verify.processes.ReplicatedCell;
import holdfast.verify.processes.ReplicatedCell.Role;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The cases that take long by nature, done by programs on mounts, by hand: servers restart one
 * after another while {@code holdfast.mount.cases.writers} work, and
 * {@code holdfast.mount.cases.files} files are made and removed.
 */
@EnabledIfSystemProperty(
        named = "holdfast.mount.cases",
        matches = "true",
        disabledReason = "they take minutes")
final class LongCasesTest {
    private static final int WRITERS = Integer.getInteger("holdfast.mount.cases.writers", 50);
    private static final int FILES = Integer.getInteger("holdfast.mount.cases.files", 100_000);
    private static final int TURNS = 4;
    private static final long KIB_OF_MOUNT_MAX = 8_192;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration A_TURN = Duration.ofHours(1);
    private static final Path WORK = Path.of("cases/writers").toAbsolutePath();

    /** Makes, writes, reads and removes so many files, in four threads, and says {@code turn}. */
    private static final String COMES_AND_GOES = """
        import os, sys, threading, time
        place, files, turns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        def part(turn, first):
            for i in range(first, files, 4):
                name, text = f'{place}/{turn}-{i}', f'{turn} {i}'
                with open(name, 'w') as file: file.write(text)
                with open(name) as file: assert file.read() == text
                os.unlink(name)
        for turn in range(1, turns + 1):
            parts = [threading.Thread(target=part, args=(turn, i)) for i in range(4)]
            for each in parts: each.start()
            for each in parts: each.join()
            assert os.listdir(place) == []
            print(f'turn {turn}.', flush=True)
            while not os.path.exists(f'go-{turn}'): time.sleep(0.02)
        """;

    @TempDir
    Path folder;

    /** Case 23: no mount is made anew, no writer sees an error, and nothing is lost. */
    @Test
    void writersGoOnWhileServersRestartOneAfterAnother() throws IOException {
        try (ReplicatedCell servers = ReplicatedCell.start(folder)) {
            servers.growToThree();
            try (MountedCell cell = MountedCell.servedByOthers(folder)) {
                String one = cell.mount("one").at().resolve("home").toString();
                String two = cell.mount("two").at().resolve("home").toString();
                Path stop = folder.resolve("stop");
                LocalProcess writers = LocalProcess.program(
                        folder,
                        WORK.toString(),
                        stop.toString(),
                        String.valueOf(WRITERS),
                        one,
                        two);
                awaitRound(writers);
                for (Role role : Role.values()) {
                    for (MemberInfo member : servers.members(role)) {
                        assertThat(servers.process(member.address()).stop()).isZero();
                        servers.start(member.address());
                        servers.awaitMembers(List.of(member.address()));
                        awaitRound(writers);
                    }
                }
                Files.createFile(stop);
                assertThat(writers.awaitEnd(PATIENCE)).as(writers.err()).isZero();
                assertThat(writers.out()).endsWith("all there\n");
                System.out.println(writers.out().lines().count() + " rounds");
            }
        }
    }

    /** Until they have done two rounds each, on average. */
    private static void awaitRound(LocalProcess writers) {
        long wanted = writers.out().lines().count() + 2L * WRITERS;
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> {
            assertThat(writers.alive()).as(writers.err()).isTrue();
            return writers.out().lines().count() >= wanted;
        });
    }

    /** Case 24, of a mount; {@code MemoryTest} has it of a server and of a client. */
    @Test
    void aMountKeepsNothingOfFilesThatAreGone() throws IOException {
        try (MountedCell cell = MountedCell.start(folder)) {
            Mount mount = cell.mount("one", Map.of("HOLDFAST_JAVA_OPTS", "-Xms96m -Xmx96m"));
            Path place = Files.createDirectory(mount.at().resolve("place"));
            LocalProcess program = LocalProcess.program(
                    folder,
                    "python3",
                    "-c",
                    COMES_AND_GOES,
                    place.toString(),
                    String.valueOf(FILES / TURNS),
                    String.valueOf(TURNS));
            List<JvmMemory> turns = new ArrayList<>();
            for (int turn = 1; turn <= TURNS; turn++) {
                program.awaitOut("turn " + turn + ".", A_TURN);
                turns.add(JvmMemory.of(mount.process(), folder));
                System.out.println(turn * FILES / TURNS + " files: " + turns.getLast());
                Files.createFile(folder.resolve("go-" + turn));
            }
            assertThat(program.awaitEnd()).as(program.err()).isZero();
            assertThat(turns.getLast().heap() - turns.getFirst().heap())
                    .isLessThan(KIB_OF_MOUNT_MAX);
        }
    }
}
