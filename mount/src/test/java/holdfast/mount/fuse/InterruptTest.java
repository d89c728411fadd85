package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A program that waits for the mount is told to stop. Unheard, it would wait for a minute. */
class InterruptTest {
    private static final int KILLED_BY_INTERRUPT = 128 + 2;
    private static final int CHILD_ENDED = 17;

    @TempDir
    Path folder;

    private final MemoryFiles files = new MemoryFiles();
    private Mounted mounted;
    private Programs programs;

    @BeforeEach
    void mount() throws IOException {
        Set<Feature> features = EnumSet.copyOf(Feature.usual());
        features.add(Feature.FLOCK);
        mounted = Mounted.at(folder.resolve("mnt"), files, Mounted.options().wanting(features));
        programs = mounted.programs();
        files.put("slow", "s");
        files.put("stuck", "s");
        files.put("lock", "");
    }

    @AfterEach
    void unmount() throws IOException {
        mounted.close();
    }

    @Test
    void anOpenEndsAtOnce() throws InterruptedException {
        Process reader = programs.start("cat", "slow");
        await("the open").until(() -> files.opens.sum() == 1);
        programs.run("kill", "-INT", "" + reader.pid());
        assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(reader.exitValue()).isEqualTo(KILLED_BY_INTERRUPT);
        assertThat(files.interrupts.sum()).isEqualTo(1);
    }

    @Test
    void aProcessInTheMiddleOfAnOpenCanBeKilled() throws InterruptedException {
        Process reader = programs.start("cat", "slow");
        await("the open").until(() -> files.opens.sum() == 1);
        reader.destroyForcibly();
        assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(files.interrupts.sum()).isEqualTo(1);
    }

    @Test
    void aReadEndsAtOnce() throws InterruptedException {
        Process reader = programs.start("cat", "stuck");
        await("the read").until(() -> files.reads.sum() >= 1);
        programs.run("kill", "-INT", "" + reader.pid());
        assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(reader.exitValue()).isEqualTo(KILLED_BY_INTERRUPT);
    }

    @Test
    void waitingForALockEndsAtOnce() throws Exception {
        Process holder = programs.start("flock", "lock", "sh", "-c", "echo held; read x || true");
        assertThat(holder.inputReader().readLine()).isEqualTo("held");
        Process waiter = programs.start("flock", "lock", "true");
        await("the wait").until(() -> files.opens.sum() == 2 && isWaiting(waiter));
        programs.run("kill", "-INT", "" + waiter.pid());
        assertThat(waiter.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(waiter.exitValue()).isEqualTo(KILLED_BY_INTERRUPT);
        assertThat(Programs.end(holder).status()).isZero();
        programs.run("flock", "-n", "lock", "true");
    }

    @Test
    void aChildThatEndsInterruptsNobody() throws Exception {
        Process reader = programs.start("python3", "-c", """
            import signal
            signal.signal(signal.SIGCHLD, lambda *_: print('heard', flush=True))
            signal.siginterrupt(signal.SIGCHLD, True)
            open('slow')
            """);
        await("the open").until(() -> files.opens.sum() == 1);
        programs.run("kill", "-CHLD", "" + reader.pid());
        await("the signal").until(() -> isPending(reader, CHILD_ENDED));
        assertThat(files.interrupts.sum()).isZero();
        programs.run("kill", "-TERM", "" + reader.pid());
        assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(files.interrupts.sum()).isEqualTo(1);
    }

    private boolean isPending(Process process, int number) {
        String pending = programs.shell("grep ShdPnd /proc/" + process.pid() + "/status");
        long mask = Long.parseUnsignedLong(
                pending.substring(pending.indexOf(':') + 1).strip(), 16);
        return (mask & 1L << (number - 1)) != 0;
    }

    private boolean isWaiting(Process process) {
        return programs.run("cat", "/proc/" + process.pid() + "/wchan").contains("request_wait");
    }

    @Test
    void thoseWhoWaitKeepNobodyElseFromBeingServed() throws InterruptedException {
        final int many = 60;
        List<Process> waiting = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            waiting.add(programs.start("cat", "slow"));
        }
        await("the opens").until(() -> files.opens.sum() == many);
        assertThat(programs.shell("echo x > other; cat other")).isEqualTo("x\n");
        for (Process reader : waiting) {
            programs.run("kill", "-INT", "" + reader.pid());
        }
        for (Process reader : waiting) {
            assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(files.interrupts.sum()).isEqualTo(many);
    }

    @Test
    void closingTheMountEndsThemAll() throws Exception {
        Process reader = programs.start("cat", "slow");
        await("the open").until(() -> files.opens.sum() == 1);
        mounted.mount().close();
        assertThat(Programs.end(reader).said()).contains("slow");
        assertThat(files.interrupts.sum()).isEqualTo(1);
    }
}
