package holdfast.verify.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.MountedCell;
import holdfast.verify.processes.MountedCell.Mount;
import holdfast.verify.processes.SmallDisk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What users of other distributed file systems saw go wrong when something failed, done by programs
 * on mounts; {@code -Dholdfast.mount.cases=true} does those that take long. That servers restart
 * one after another (23) is in {@link LongCasesTest}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = ThreadMode.SEPARATE_THREAD)
final class CasesOfFailuresTest {
    private static final int DISK_MEBIBYTES = 110;
    private static final int CACHE_MEBIBYTES = 24;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** How long the mounts' calls may take. */
    private static final String TIMEOUT = "--timeout=3s";

    /**
     * Opens {@code FILE}, writes {@code TEXT}, renames it to {@code NAME} if there is one, and says
     * {@code open}; closes it when there is a file {@code GO}.
     */
    private static final String KEEPS_OPEN = """
        import errno, os, sys, time
        file, text, go, *names = sys.argv[1:]
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, text.encode())
        for name in names: os.rename(file, name)
        print('open', flush=True)
        while not os.path.exists(go): time.sleep(0.02)
        try:
            os.close(descriptor)
            print('closed')
        except OSError as e:
            print(errno.errorcode[e.errno])
        """;

    @TempDir
    Path folder;

    private LocalProcess bash(String lines) {
        return LocalProcess.program(folder, "bash", "-ec", lines);
    }

    private String done(String lines) {
        LocalProcess shell = bash(lines);
        assertThat(shell.awaitEnd()).as(shell.out() + shell.err()).isZero();
        return shell.out();
    }

    private String refused(String lines) {
        LocalProcess shell = bash(lines);
        assertThat(shell.awaitEnd()).as(lines).isNotZero();
        return shell.err();
    }

    /** A program that has a file open for writing. */
    private LocalProcess keepsOpen(String file, String text, String... names) {
        List<String> command =
                new ArrayList<>(List.of("python3", "-c", KEEPS_OPEN, file, text, "go-" + text));
        command.addAll(List.of(names));
        LocalProcess program = LocalProcess.program(folder, command.toArray(String[]::new));
        program.awaitOut("open");
        return program;
    }

    /** What comes of its close. */
    private String closed(LocalProcess program, String text) throws IOException {
        Files.createFile(folder.resolve("go-" + text));
        assertThat(program.awaitEnd()).as(program.err()).isZero();
        return program.out().lines().toList().getLast();
    }

    /** What waits for another's lock. */
    private LocalProcess waiting(MountedCell cell, String lines) {
        LocalProcess waiter = bash(lines);
        String waits = "\"waiters\":[{";
        await().atMost(PATIENCE).until(() -> cell.done("locks", "--json").contains(waits));
        assertThat(waiter.alive()).isTrue();
        return waiter;
    }

    private static void awaitRecovery(Mount mount, String path, String state) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(mount.recovery().lines())
                        .anySatisfy(line -> assertThat(line).contains(path, state)));
    }

    private static String idOf(Mount mount, String path) {
        return mount.recovery()
                .lines()
                .filter(line -> line.contains(path))
                .map(line -> line.replaceFirst(" .*", ""))
                .findFirst()
                .orElseThrow();
    }

    /** Cases 1 and 5: what was made and renamed is sent to where it is by then. */
    @Test
    @EnabledIfSystemProperty(named = "holdfast.mount.cases", matches = "true")
    void whatCanNotBeStoredIsAnErrorOfCloseAndIsKept() throws IOException {
        try (MountedCell cell = MountedCell.start(folder)) {
            Mount one = cell.mount("one", TIMEOUT);
            done("echo before > one/down");
            LocalProcess old = keepsOpen("one/down", "edited");
            LocalProcess made = keepsOpen("one/new", "made", "one/renamed");
            cell.killServer();
            assertThat(closed(old, "edited")).isIn("EIO", "ETIMEDOUT");
            assertThat(closed(made, "made")).isIn("EIO", "ETIMEDOUT");
            assertThat(refused("cp /etc/passwd one/another")).contains("Connection timed out");
            cell.startServer();
            awaitRecovery(one, "/down", "not stored");
            awaitRecovery(one, "/new", "not stored");
            one.recovery("send", idOf(one, "/new"));
            cell.mount("two");
            assertThat(done("cat one/down two/down two/renamed; ls two"))
                    .isEqualTo("before\nbefore\nmadedown\nrenamed\n");
        }
    }

    /** Case 2. */
    @Test
    void aFullDiskIsAnErrorOfCloseAndTheOldVersionStaysWhole() {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("data"), DISK_MEBIBYTES);
                MountedCell cell = MountedCell.start(folder)) {
            Mount one = cell.mount("one");
            cell.mount("two");
            done("""
                for name in old by-cp by-dd by-cat; do head -c 10000000 /dev/urandom > $name; done
                cp old one/file
                """);
            disk.fill();
            for (String writing : List.of(
                    "cp by-cp one/file",
                    "dd if=by-dd of=one/file status=none bs=1M",
                    "dd if=by-dd of=one/file status=none bs=1M conv=fsync",
                    "bash -c 'cat by-cat > one/file'",
                    "mkdir one/directory",
                    "touch one/other")) {
                assertThat(refused(writing)).as(writing).contains("No space left on device");
                done("cmp old two/file");
            }
            awaitRecovery(one, "9.5 MiB", "has no room for 10000000 bytes");
            disk.makeRoom();
            done("cmp old one/file; cp by-cp one/file; cmp by-cp two/file");
        }
    }

    /** Case 2, of the disk with the mount's cache. */
    @Test
    @EnabledIfSystemProperty(named = "holdfast.mount.cases", matches = "true")
    void aFullLocalDiskIsAnErrorOfTheWriteAndHarmsNoOtherFile() {
        try (SmallDisk _ = SmallDisk.mount(folder.resolve("cache-one"), CACHE_MEBIBYTES);
                MountedCell cell = MountedCell.start(folder)) {
            cell.mount("one");
            done("echo before > one/file; head -c 40000000 /dev/urandom > large");
            assertThat(refused("cp large one/large")).contains("No space left on device");
            done("rm one/large; cp one/file one/copy");
            assertThat(done("cat one/file one/copy")).isEqualTo("before\nbefore\n");
        }
    }

    /** Cases 8 and 9; the second waits as long as the first. */
    @Test
    @EnabledIfSystemProperty(named = "holdfast.mount.cases", matches = "true")
    void locksOfStoppedAndKilledMountsPassOnAndTheirWorkIsKept() throws IOException {
        try (MountedCell cell = MountedCell.start(folder)) {
            Mount stops = cell.mount("stops");
            Mount dies = cell.mount("dies");
            cell.mount("two");
            done("for name in eight nine shared; do echo before > two/$name; done");
            LocalProcess eight = keepsOpen("stops/eight", "stopped");
            LocalProcess nine = keepsOpen("dies/nine", "killed");
            LocalProcess reads =
                    bash("exec 9< dies/shared; flock --shared 9; echo locked; exec sleep 600");
            reads.awaitOut("locked");
            LocalProcess waiter = waiting(cell, "echo second >> two/eight");
            LocalProcess other = bash("echo second >> two/nine");
            LocalProcess locks = bash("flock --exclusive two/shared true");
            stops.process().pause();
            try {
                dies.process().kill();
                for (LocalProcess each : List.of(waiter, other, locks)) {
                    assertThat(each.awaitEnd()).as(each.err()).isZero();
                }
            } finally {
                stops.process().goOn();
            }
            assertThat(closed(eight, "stopped")).isIn("EIO", "ESTALE");
            assertThat(closed(nine, "killed")).isEqualTo("ENOTCONN");
            reads.kill();
            assertThat(done("cat stops/eight two/eight two/nine"))
                    .isEqualTo("before\nsecond\n".repeat(3));
            awaitRecovery(stops, "/eight", "changed by others meanwhile");
            awaitRecovery(dies, "/nine", "changed by others meanwhile");
        }
    }

    /** Case 10, and a mount that goes on when the locking server was restarted. */
    @Test
    @EnabledIfSystemProperty(named = "holdfast.mount.cases", matches = "true")
    void noLockIsStuckWhenTheLockingServerRestarts() throws IOException {
        try (MountedCell cell = MountedCell.start(folder)) {
            Mount dies = cell.mount("dies");
            Mount one = cell.mount("one");
            cell.mount("two");
            LocalProcess orphan = keepsOpen("dies/orphaned", "orphan");
            LocalProcess taken = keepsOpen("one/taken", "taken");
            LocalProcess good = keepsOpen("one/good", "good");
            dies.process().kill();
            cell.killServer();
            cell.startServer();
            done("echo second >> two/orphaned; cat two/orphaned");
            assertThat(closed(orphan, "orphan")).isEqualTo("ENOTCONN");
            assertThat(cell.done("locks", "break", "--reason", "test", "/taken"))
                    .contains("1 lock taken back");
            done("echo second > two/taken");
            assertThat(closed(taken, "taken")).isEqualTo("EIO");
            assertThat(closed(good, "good")).isEqualTo("closed");
            assertThat(done("cat one/taken two/good")).isEqualTo("second\ngood");
            awaitRecovery(one, "/taken", "changed by others meanwhile");
        }
    }
}
