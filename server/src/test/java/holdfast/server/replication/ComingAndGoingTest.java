package holdfast.server.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.replication.TestingMembers.Member;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;

/**
 * A group grows from one member to three, to five and back to one, while writers propose and a
 * minority is stopped, cut off and brought back. {@code -Dholdfast.seed=…} runs one seed,
 * {@code -Dholdfast.seeds=…} so many.
 */
final class ComingAndGoingTest {
    private static final UUID GROUP = UUID.fromString("77aa4aa4-93a5-4c8b-9c5f-0b8c1c1f6f10");
    private static final int WRITERS = 4;

    /** Entries between two checkpoints: so few that members that were away need one. */
    private static final int CHECKPOINT = 200;

    @TempDir
    Path folder;

    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final ConcurrentLinkedQueue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> refused = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Throwable> surprises = new ConcurrentLinkedQueue<>();

    static LongStream seeds() {
        long only = Long.getLong("holdfast.seed", 0);
        return only != 0
                ? LongStream.of(only)
                : new Random().longs(Integer.getInteger("holdfast.seeds", 1), 1, Long.MAX_VALUE);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nothingAcknowledgedIsLostAndAllMembersEndTheSame(long seed) throws Exception {
        Random random = new Random(seed);
        try (TestingMembers members = new TestingMembers(folder, GROUP, CHECKPOINT)) {
            members.found();
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int number = i;
                writers.add(Thread.ofVirtual().start(() -> write(members, "w" + number)));
            }
            for (int size : new int[] {3, 5, 3, 1}) {
                resize(members, size, random);
                disturb(members, random);
                disturb(members, random);
            }
            writing.set(false);
            for (Thread writer : writers) {
                writer.join();
            }
            check(members);
        }
    }

    private static void resize(TestingMembers members, int size, Random random) {
        while (members.all().size() < size) {
            members.join();
        }
        while (members.all().size() > size) {
            List<Member> all = members.all();
            members.leave(all.get(random.nextInt(all.size())));
        }
    }

    /** Something happens to a minority, for a while that the others use. */
    private void disturb(TestingMembers members, Random random) {
        List<Member> all = members.all();
        Member victim =
                random.nextBoolean() ? members.leader() : all.get(random.nextInt(all.size()));
        boolean alone = all.size() == 1;
        switch (random.nextInt(3)) {
            case 0 -> {
                victim.stop();
                progress(alone ? 0 : 100);
                victim.start();
            }
            case 1 -> {
                members.isolate(victim);
                progress(100);
                members.healAll();
            }
            default -> {
                String next = victim.id();
                members.atLeader(l -> l.membership().transfer(next, TestingMembers.soon()));
            }
        }
        progress(50);
    }

    /** Waits until so many more proposals are acknowledged. */
    private void progress(int more) {
        int wanted = acknowledged.size() + more;
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(60))
                .until(() -> acknowledged.size() >= wanted || !surprises.isEmpty());
    }

    private void write(TestingMembers members, String name) {
        for (int i = 0; writing.get() && surprises.isEmpty(); i++) {
            try {
                propose(members, name + "-" + i);
            } catch (RuntimeException | Error e) {
                surprises.add(e);
            }
        }
    }

    /** To whoever leads; what may or may not have been done is left at that. */
    private void propose(TestingMembers members, String command) {
        Optional<Member> leader = members.all().stream().filter(Member::leads).findFirst();
        try {
            leader.orElseGet(members::leader)
                    .log()
                    .propose(
                            ByteString.copyFromUtf8(command),
                            Deadline.in(Duration.ofSeconds(5), System::nanoTime));
            acknowledged.add(command);
        } catch (FailureException e) {
            if (e.code() == FailureCode.NOT_LEADER || e.code() == FailureCode.TIMED_OUT) {
                refused.add(command);
            } else if (e.code() != FailureCode.INDETERMINATE
                    && e.code() != FailureCode.UNAVAILABLE) {
                throw e;
            }
        }
    }

    private void check(TestingMembers members) {
        assertThat(surprises).isEmpty();
        members.leader().propose("last");
        List<String> commands = members.equalCommands();
        assertThat(commands).doesNotHaveDuplicates().endsWith("last");
        Set<String> done = new HashSet<>(commands);
        assertThat(acknowledged).hasSizeGreaterThan(500);
        // There may be a hundred thousand: each is looked up, not searched for.
        Set<String> lost = new HashSet<>(acknowledged);
        lost.removeIf(done::contains);
        assertThat(lost).as("acknowledged, and not there").isEmpty();
        Set<String> there = new HashSet<>(refused);
        there.removeIf(command -> !done.contains(command));
        assertThat(there).as("refused, and there").isEmpty();
    }
}
