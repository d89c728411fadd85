package holdfast.server.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.testkit.environment.Requires;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;

final class LogHostTest {
    private static final UUID GROUP = UUID.fromString("6a4aa4f7-93a5-4c8b-9c5f-0b8c1c1f6f10");
    private static final UUID OTHER = UUID.fromString("a4f76a4a-93a5-4c8b-9c5f-0b8c1c1f6f10");

    private static final Set<Thread.State> WAITS =
            Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING, Thread.State.TERMINATED);

    @TempDir
    Path folder;

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30), System::nanoTime);
    }

    private static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    private LogHost.Settings settings() {
        return LogHost.Settings.alone(folder);
    }

    private static void propose(ReplicatedLog log, int from, int to) {
        for (int i = from; i < to; i++) {
            log.propose(bytes("c" + i), soon());
        }
    }

    private static List<String> numbered(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "c" + i).toList();
    }

    private static void assertFails(Runnable what, FailureCode code, String saying) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(saying);
    }

    /** Proposes with a machine from the start; closes. */
    private void write(RememberingMachine machine, int from, int to) {
        try (LogHost host = LogHost.start(settings())) {
            propose(host.open(GROUP, machine, soon()), from, to);
        }
    }

    private void assertHolds(RememberingMachine machine, int commands) {
        try (LogHost host = LogHost.start(settings())) {
            ReplicatedLog log = host.open(GROUP, machine, soon());
            assertThat(machine.commands()).isEqualTo(numbered(0, commands));
            log.propose(bytes("more"), soon());
            assertThat(machine.commands()).hasSize(commands + 1).endsWith("more");
        }
    }

    @Test
    void aProposalIsAnsweredWithItsOwnOutcome() throws Exception {
        RememberingMachine machine = new RememberingMachine();
        try (LogHost host = LogHost.start(settings());
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            ReplicatedLog log = host.open(GROUP, machine, soon());
            List<Future<ByteString>> answers = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                ByteString command = bytes("c" + i);
                answers.add(callers.submit(() -> log.propose(command, soon())));
            }
            for (int i = 0; i < 500; i++) {
                assertThat(answers.get(i).get().toStringUtf8()).isEqualTo("c" + i);
            }
            assertThat(machine.commands()).hasSize(500).doesNotHaveDuplicates();
            assertThat(log.proposals()).as("waiting commands share entries").isLessThan(500);
        }
    }

    @Test
    void whatWasCommittedIsThereAfterARestartInTheSameOrder() {
        write(new RememberingMachine(), 0, 20);
        assertHolds(new RememberingMachine(), 20);
    }

    @Test
    void stateThatIsDurableItselfSeesNoEntryTwice() {
        RememberingMachine durable = new RememberingMachine();
        write(durable, 0, 20);
        assertHolds(durable, 20);
        assertThat(durable.restores()).isZero();
    }

    @Test
    void stateThatStandsBetweenTheCheckpointAndTheEndOfTheLogGetsTheRest() {
        RememberingMachine machine = new RememberingMachine();
        write(machine, 0, 10);
        RememberingMachine behind = machine.copy();
        write(machine, 10, 20);
        removeNewestCheckpoint();
        assertHolds(behind, 20);
        assertThat(behind.restores()).isZero();
    }

    private Path groupFolder() {
        return folder.resolve("groups").resolve(GROUP.toString());
    }

    private void removeNewestCheckpoint() {
        try {
            List<Path> found = Folders.list(groupFolder().resolve("sm")).stream()
                    .sorted((a, b) -> Long.compare(index(b), index(a)))
                    .toList();
            Folders.delete(found.getFirst());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long index(Path checkpoint) {
        String name = checkpoint.getFileName().toString();
        return Long.parseLong(name.substring(name.indexOf('_') + 1));
    }

    @Test
    void checkpointsCutTheLogAndBringBackAnEmptyState() throws Exception {
        LogHost.Settings often = settings().checkpointAfter(100, 1 << 30);
        try (LogHost host = LogHost.start(often)) {
            ReplicatedLog log = host.open(GROUP, new RememberingMachine(), soon());
            ByteString large = ByteString.copyFrom(new byte[400_000]);
            propose(log, 0, 300);
            for (int i = 0; i < 60; i++) {
                log.propose(large, soon());
            }
        }
        try (Stream<Path> segments = Files.list(groupFolder().resolve("current"))) {
            assertThat(segments.filter(p -> p.getFileName().toString().startsWith("log_0")))
                    .as("the first segment is purged")
                    .isEmpty();
        }
        assertThat(Folders.list(groupFolder().resolve("sm"))).hasSizeBetween(1, 2);
        RememberingMachine empty = new RememberingMachine();
        try (LogHost host = LogHost.start(often)) {
            host.open(GROUP, empty, soon());
            assertThat(empty.restores()).isEqualTo(1);
            assertThat(empty.commands()).hasSize(360).startsWith("c0", "c1");
        }
    }

    @Test
    void manyBytesAlsoMakeACheckpoint() {
        RememberingMachine machine = new RememberingMachine();
        try (LogHost host = LogHost.start(settings().checkpointAfter(1_000_000, 1 << 20))) {
            ReplicatedLog log = host.open(GROUP, machine, soon());
            for (int i = 0; i < 4; i++) {
                log.propose(ByteString.copyFrom(new byte[700_000]), soon());
            }
            await().until(() -> !Folders.list(groupFolder().resolve("sm")).isEmpty());
        }
    }

    @Test
    void aLogWhoseBeginningIsMissingIsRefused() throws Exception {
        try (LogHost host = LogHost.start(settings().checkpointAfter(10, 1 << 30))) {
            ReplicatedLog log = host.open(GROUP, new RememberingMachine(), soon());
            for (int i = 0; i < 60; i++) {
                log.propose(ByteString.copyFrom(new byte[600_000]), soon());
            }
        }
        for (Path checkpoint : Folders.list(groupFolder().resolve("sm"))) {
            Folders.delete(checkpoint);
        }
        try (LogHost host = LogHost.start(settings())) {
            assertFails(
                    () -> host.open(GROUP, new RememberingMachine(), soon()),
                    FailureCode.DAMAGED,
                    "entries are missing");
        }
    }

    @Test
    void stateThatIsAheadOfItsLogIsRefused() {
        write(new RememberingMachine(), 0, 5);
        RememberingMachine ahead = RememberingMachine.standingAt(new StateMachine.Applied(1, 4000));
        try (LogHost host = LogHost.start(settings())) {
            assertFails(
                    () -> host.open(GROUP, ahead, soon()),
                    FailureCode.DAMAGED,
                    "the state holds entry 4000, but the log ends at entry");
            assertThat(ahead.commands()).isEmpty();
        }
    }

    @Test
    void stateOfAnotherLogIsRefused() {
        RememberingMachine machine = new RememberingMachine();
        write(machine, 0, 5);
        RememberingMachine other = RememberingMachine.standingAt(
                new StateMachine.Applied(77, machine.applied().index()));
        AtomicReference<Failure> told = new AtomicReference<>();
        removeNewestCheckpoint();
        try (LogHost host =
                LogHost.start(settings().whenStopped((group, why) -> told.set(why.failure())))) {
            assertFails(
                    () -> host.open(GROUP, other, soon()), FailureCode.DAMAGED, "of another time");
            assertThat(told.get().message()).contains("of term 77");
        }
    }

    @Test
    void largeCommandsPassAndLargerOnesAreRefused() {
        RememberingMachine machine = new RememberingMachine();
        try (LogHost host = LogHost.start(settings())) {
            ReplicatedLog log = host.open(GROUP, machine, soon());
            ByteString large = ByteString.copyFrom(new byte[LogHost.COMMAND_BYTES_MAX]);
            assertThat(large.size()).isGreaterThan(900 * 1024);
            assertThat(log.propose(large, soon()).size()).isEqualTo(8);
            assertFails(
                    () -> log.propose(large.concat(bytes("x")), soon()),
                    FailureCode.LIMIT,
                    "the log takes");
            assertThat(log.propose(bytes("small"), soon())).isEqualTo(bytes("small"));
        }
    }

    @Test
    void largeAndSmallCommandsThatWaitTogetherAllPass() throws Exception {
        RememberingMachine machine = new RememberingMachine();
        try (LogHost host = LogHost.start(settings());
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            ReplicatedLog log = host.open(GROUP, machine, soon());
            List<Future<ByteString>> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                ByteString command = bytes("c" + i)
                        .concat(ByteString.copyFrom(new byte[i % 3 == 0 ? 900 * 1024 : 20_000]));
                answers.add(callers.submit(() -> log.propose(command, soon())));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(answers.get(i).get().toStringUtf8()).startsWith("c" + i);
            }
        }
    }

    @Test
    void aMachineThatFailsStopsItsGroupAndSaysSo() throws Exception {
        BlockingQueue<Failure> told = new LinkedBlockingQueue<>();
        try (LogHost host =
                LogHost.start(settings().whenStopped((group, why) -> told.add(why.failure())))) {
            ReplicatedLog log = host.open(GROUP, new RememberingMachine(), soon());
            ReplicatedLog other = host.open(OTHER, new RememberingMachine(), soon());
            propose(log, 0, 3);
            assertFails(() -> log.propose(bytes("fail"), soon()), FailureCode.INDETERMINATE, "");
            assertThat(told.poll(30, TimeUnit.SECONDS))
                    .isEqualTo(Failure.of(
                            FailureCode.INTERNAL,
                            "the log in " + folder + " has stopped: told to fail"));
            assertFails(
                    () -> log.propose(bytes("x"), soon()), FailureCode.UNAVAILABLE, "told to fail");
            assertFails(
                    () -> log.confirmLeadership(soon()), FailureCode.UNAVAILABLE, "told to fail");
            assertThat(log.leadingTerm()).isZero();
            propose(other, 0, 3);
        }
        assertThat(told).isEmpty();
    }

    @Test
    void whoIsToldThatAGroupFailedMayHaveItClosedAtOnce() throws Exception {
        AtomicReference<LogHost> host = new AtomicReference<>();
        AtomicReference<Thread> closer = new AtomicReference<>();
        LogHost.Settings closing = settings().whenStopped((group, why) -> {
            closer.set(Thread.ofPlatform().start(() -> host.get().close()));
            await().until(() -> WAITS.contains(closer.get().getState()));
        });
        host.set(LogHost.start(closing));
        ReplicatedLog log = host.get().open(GROUP, new RememberingMachine(), soon());
        assertFails(() -> log.propose(bytes("fail"), soon()), FailureCode.INDETERMINATE, "");
        await().until(() -> closer.get() != null);
        assertThat(closer.get().join(Duration.ofSeconds(20))).as("closed").isTrue();
        LogHost.start(settings()).close();
    }

    @Test
    void aFullDiskStopsTheLogAndWhatWasAnsweredIsThereOnceThereIsRoom() throws Exception {
        Requires.root();
        Requires.command("mount");
        Path disk = Files.createDirectory(folder.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=12m", "holdfast-test", disk.toString());
        try {
            BlockingQueue<Failure> told = new LinkedBlockingQueue<>();
            LogHost.Settings settings = LogHost.Settings.alone(disk.resolve("log"))
                    .whenStopped((group, why) -> told.add(why.failure()));
            int answered;
            Failure why;
            try (LogHost host = LogHost.start(settings)) {
                answered = fill(host.open(GROUP, new RememberingMachine(), soon()));
                why = told.poll(30, TimeUnit.SECONDS);
            }
            assertThat(why)
                    .isEqualTo(Failure.of(
                            FailureCode.NO_SPACE,
                            "the log in " + settings.folder()
                                    + " has stopped: No space left on device; make room, then start"
                                    + " the server again"));
            run("mount", "-o", "remount,size=64m", disk.toString());
            RememberingMachine machine = new RememberingMachine();
            try (LogHost host = LogHost.start(settings)) {
                host.open(GROUP, machine, soon()).propose(bytes("more"), soon());
            }
            assertThat(machine.commands().subList(0, answered))
                    .map(String::strip)
                    .isEqualTo(numbered(0, answered));
            assertThat(machine.commands()).endsWith("more");
            assertThat(told).isEmpty();
        } finally {
            run("umount", disk.toString());
        }
    }

    /** Proposes until the log stops; how many commands were answered. */
    private static int fill(ReplicatedLog log) {
        ByteString ballast = bytes(" ".repeat(900_000));
        for (int i = 0; i < 100; i++) {
            try {
                log.propose(bytes("c" + i).concat(ballast), soon());
            } catch (FailureException e) {
                assertThat(e.code()).isEqualTo(FailureCode.INDETERMINATE);
                return i;
            }
        }
        throw new AssertionError("the disk is never full");
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    @Test
    void whatWasNotSentByItsDeadlineIsNotDone() {
        RememberingMachine machine = new RememberingMachine();
        try (LogHost host = LogHost.start(settings())) {
            ReplicatedLog log = host.open(GROUP, machine, soon());
            Deadline passed = Deadline.in(Duration.ZERO, System::nanoTime);
            assertThatThrownBy(() -> log.propose(bytes("late"), passed))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.TIMED_OUT));
            assertThat(log.proposals()).isZero();
        }
    }

    @Test
    void leadershipIsConfirmedInTheTermThatListenersAreToldOf() throws Exception {
        BlockingQueue<Long> terms = new LinkedBlockingQueue<>();
        long term;
        try (LogHost host = LogHost.start(settings())) {
            ReplicatedLog log = host.open(GROUP, new RememberingMachine(), soon());
            log.onLeadership(new ReplicatedLog.Leadership() {
                @Override
                public void gained(long gained) {
                    terms.add(gained);
                }

                @Override
                public void lost() {
                    terms.add(0L);
                }
            });
            term = log.confirmLeadership(soon());
            assertThat(log.leadingTerm()).isEqualTo(term);
            assertThat(terms.poll(30, TimeUnit.SECONDS)).isEqualTo(term);
        }
        assertThat(terms.poll(30, TimeUnit.SECONDS)).as("lost when closed").isZero();
        try (LogHost host = LogHost.start(settings())) {
            ReplicatedLog log = host.open(GROUP, new RememberingMachine(), soon());
            assertThat(log.confirmLeadership(soon())).isGreaterThan(term);
        }
    }

    @Test
    void aListenerMayPropose() throws Exception {
        BlockingQueue<ByteString> answers = new LinkedBlockingQueue<>();
        try (LogHost host = LogHost.start(settings())) {
            ReplicatedLog log = host.open(GROUP, new RememberingMachine(), soon());
            log.onLeadership(new ReplicatedLog.Leadership() {
                @Override
                public void gained(long gained) {
                    answers.add(log.propose(bytes("first"), soon()));
                }

                @Override
                public void lost() {}
            });
            assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo(bytes("first"));
        }
    }

    @Test
    void aGroupCanBeClosedAndOpenedAgainBesideOthers() {
        RememberingMachine machine = new RememberingMachine();
        try (LogHost host = LogHost.start(settings())) {
            ReplicatedLog other = host.open(OTHER, new RememberingMachine(), soon());
            ReplicatedLog log = host.open(GROUP, machine, soon());
            propose(log, 0, 10);
            log.close();
            assertFails(() -> log.propose(bytes("x"), soon()), FailureCode.UNAVAILABLE, "closed");
            assertFails(() -> log.confirmLeadership(soon()), FailureCode.UNAVAILABLE, "closed");
            propose(host.open(GROUP, machine, soon()), 10, 20);
            propose(other, 0, 10);
        }
        assertThat(machine.commands()).isEqualTo(numbered(0, 20));
    }

    @Test
    void aFolderBelongsToOneMember() {
        try (LogHost host = LogHost.start(settings())) {
            assertFails(
                    () -> LogHost.start(settings()),
                    FailureCode.MISCONFIGURED,
                    "in use by another");
            assertThat(host.memberId()).hasSize(32);
        }
        String first;
        try (LogHost host = LogHost.start(settings())) {
            first = host.memberId();
        }
        try (LogHost host = LogHost.start(settings())) {
            assertThat(host.memberId()).isEqualTo(first);
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertFails(
                () -> LogHost.start(LogHost.Settings.alone(file)),
                FailureCode.MISCONFIGURED,
                file.toString());
    }
}
