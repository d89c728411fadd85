package holdfast.verify.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.MountedCell;
import holdfast.verify.processes.MountedCell.Mount;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Two mounts of one cell, as two machines have them; by hand with
 * {@code -Dholdfast.mount.rounds=10000}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = ThreadMode.SEPARATE_THREAD)
final class TwoMountsTest {
    private static final int ROUNDS = Integer.getInteger("holdfast.mount.rounds", 200);
    private static final long SEED = Long.getLong("holdfast.mount.seed", System.nanoTime());
    private static final int HAND_OVERS = 1 + ROUNDS / 40;
    private static final int FILES = 40;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** For so long a client that is not heard of keeps its promises. */
    private static final Duration LEASE = Duration.ofSeconds(10);

    /** Less than a lease, and more than anything takes that does not wait for one. */
    private static final Duration NO_LEASE = LEASE.dividedBy(2);

    @TempDir
    static Path folder;

    private static MountedCell cell;
    private static Mount one;
    private static Mount two;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeAll
    static void mountTwice() {
        cell = MountedCell.start(folder);
        one = cell.mount("one");
        two = cell.mount("two");
    }

    @AfterAll
    static void end() {
        cell.close();
    }

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    /** What another thread does on a mount comes to an end. */
    private static <T> T ended(Future<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static Duration timed(Callable<?> action) throws Exception {
        long start = System.nanoTime();
        action.call();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(path -> String.valueOf(path.getFileName())).collect(Collectors.toSet());
        }
    }

    @Test
    void whatIsClosedOnOneIsSeenByTheNextOpenOnTheOther() throws IOException {
        System.out.println("-Dholdfast.mount.seed=" + SEED);
        Random random = new Random(SEED);
        ChangesAtRandom changes = new ChangesAtRandom(random);
        Path here = Files.createDirectory(one.at().resolve("seen"));
        Path there = two.at().resolve("seen");
        for (int round = 0; round < ROUNDS; round++) {
            boolean first = random.nextBoolean();
            changes.change(first ? here : there);
            changes.check(first ? here : there, first ? there : here);
        }
    }

    @Test
    void aWriterWaitsForTheWriterOfTheOtherMount() throws Exception {
        Path here = one.at().resolve("written-by-both");
        Path there = two.at().resolve("written-by-both");
        StringBuilder expected = new StringBuilder();
        Files.createFile(here);
        for (int i = 0; i < HAND_OVERS; i++) {
            boolean first = i % 2 == 0;
            passOver(first ? here : there, first ? there : here, i);
            expected.append("first %d, second %d%n".formatted(i, i));
            assertThat(Files.readString(first ? here : there)).isEqualTo(expected.toString());
        }
    }

    private void passOver(Path from, Path to, int number) throws Exception {
        AtomicBoolean closing = new AtomicBoolean();
        Future<Boolean> next;
        try (FileChannel channel = FileChannel.open(from, StandardOpenOption.APPEND)) {
            next = threads.submit(() -> {
                try (FileChannel mine = FileChannel.open(to, StandardOpenOption.APPEND)) {
                    boolean waited = closing.get();
                    mine.write(bytes("second %d%n".formatted(number)));
                    return waited;
                }
            });
            awaitWaiter();
            channel.write(bytes("first %d, ".formatted(number)));
            closing.set(true);
        }
        assertThat(ended(next)).isTrue();
    }

    /** Until the locking service knows of one that waits. */
    private static void awaitWaiter() {
        Awaitility.await("a waiter")
                .atMost(PATIENCE)
                .until(() -> cell.done("locks", "--json").contains("\"waiters\":[{"));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void bothChangeOneDirectoryAtOnceWithoutAStall() throws Exception {
        Files.createDirectory(one.at().resolve("busy"));
        List<Future<Duration>> workers = new ArrayList<>();
        for (Mount mount : List.of(one, two)) {
            for (int i = 0; i < 2; i++) {
                String name = mount.at().getFileName() + "-" + i;
                workers.add(threads.submit(() -> changeMuch(mount.at().resolve("busy"), name)));
            }
        }
        for (Future<Duration> worker : workers) {
            assertThat(ended(worker)).isLessThan(NO_LEASE);
        }
        assertThat(names(one.at().resolve("busy")))
                .hasSize(workers.size() * FILES)
                .isEqualTo(names(two.at().resolve("busy")));
    }

    /** Makes, renames and removes names; the longest that any of it took. */
    private static Duration changeMuch(Path directory, String name) throws Exception {
        Duration longest = Duration.ZERO;
        for (int i = 0; i < FILES; i++) {
            Path file = directory.resolve(name + "-" + i);
            Path moved = directory.resolve(name + "-moved-" + i);
            Path brief = directory.resolve(name + "-brief");
            List<Callable<?>> steps = List.of(
                    () -> Files.writeString(file, "contents"),
                    () -> Files.move(file, moved),
                    () -> Files.createDirectory(brief),
                    () -> names(directory),
                    () -> Files.deleteIfExists(brief));
            for (Callable<?> step : steps) {
                Duration took = timed(step);
                longest = took.compareTo(longest) > 0 ? took : longest;
            }
        }
        return longest;
    }

    @Test
    void ofTwoThatMakeAFileExclusivelyOneWins() throws Exception {
        Files.createDirectory(one.at().resolve("won"));
        CyclicBarrier start = new CyclicBarrier(2);
        List<Future<Integer>> racers = Stream.of(one, two)
                .map(mount -> threads.submit(() -> race(mount.at().resolve("won"), start)))
                .toList();
        assertThat(ended(racers.getFirst()) + ended(racers.getLast())).isEqualTo(ROUNDS);
        assertThat(names(one.at().resolve("won"))).hasSize(ROUNDS);
        assertThat(names(two.at().resolve("won"))).hasSize(ROUNDS);
    }

    /** How often it was the one that made the file. */
    private static int race(Path directory, CyclicBarrier start) throws Exception {
        int won = 0;
        for (int i = 0; i < ROUNDS; i++) {
            start.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            try {
                Files.createFile(directory.resolve("file-" + i));
                won++;
            } catch (FileAlreadyExistsException e) {
                // The other one made it.
            }
        }
        return won;
    }

    @Test
    void aFlockOnOneExcludesTheOther() throws IOException {
        Path here = Files.createFile(one.at().resolve("flocked"));
        Path there = two.at().resolve("flocked");
        String hold = "exec 9<'%s'; flock 9; echo held; exec sleep 600".formatted(here);
        try (LocalProcess holder = LocalProcess.program(folder, "sh", "-c", hold)) {
            holder.awaitOut("held");
            assertThat(flock("--nonblock", there).awaitEnd()).isEqualTo(1);
            LocalProcess waiter = flock("--exclusive", there);
            assertThat(flock("--timeout=1", there).awaitEnd()).isEqualTo(1);
            assertThat(waiter.alive()).isTrue();
            holder.kill();
            assertThat(waiter.awaitEnd()).isZero();
        }
        assertThat(flock("--nonblock", here).awaitEnd()).isZero();
    }

    private static LocalProcess flock(String option, Path file) {
        return LocalProcess.program(folder, "flock", option, file.toString(), "true");
    }

    @Test
    void aRemovedDirectoryIsGoneOnBoth() throws IOException {
        Path here = Files.createDirectory(one.at().resolve("removed"));
        Path there = two.at().resolve("removed");
        Files.writeString(here.resolve("file"), "contents");
        assertThat(Files.readString(there.resolve("file"))).isEqualTo("contents");
        assertThat(names(there)).containsExactly("file");
        Files.delete(here.resolve("file"));
        assertThat(names(there)).isEmpty();
        Files.delete(here);
        assertThat(there).doesNotExist();
        gone(() -> names(there));
        gone(() -> Files.writeString(there.resolve("new"), "contents"));
        gone(() -> Files.createDirectory(there.resolve("new")));
        gone(() -> Files.readString(there.resolve("file")));
        assertThat(names(two.at())).doesNotContain("removed");
        Files.writeString(there, "a file now");
        assertThat(Files.readString(here)).isEqualTo("a file now");
    }

    private static void gone(Callable<?> action) {
        assertThatThrownBy(action::call).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aMountThatStandsStillDelaysTheOtherByALeaseOnceAndWakesWithNothingStale()
            throws Exception {
        Path here = Files.createDirectory(one.at().resolve("asleep"));
        Path there = two.at().resolve("asleep");
        Files.writeString(here.resolve("file"), "before");
        assertThat(Files.readString(there.resolve("file"))).isEqualTo("before");
        assertThat(names(there)).containsExactly("file");
        two.process().pause();
        Future<String> during;
        try {
            assertThat(timed(() -> Files.writeString(here.resolve("file"), "meanwhile")))
                    .isLessThan(LEASE.plus(NO_LEASE));
            for (int i = 0; i < FILES; i++) {
                String name = "new-" + i;
                assertThat(timed(() -> Files.writeString(here.resolve(name), name)))
                        .isLessThan(NO_LEASE);
            }
            during = threads.submit(() -> Files.readString(there.resolve("file")));
            assertNothingOld(during);
        } finally {
            two.process().goOn();
        }
        assertThat(ended(during)).isEqualTo("meanwhile");
        assertThat(names(there)).hasSize(1 + FILES).isEqualTo(names(here));
        assertThat(Files.size(there.resolve("file"))).isEqualTo("meanwhile".length());
        Files.writeString(there.resolve("file"), "afterwards");
        assertThat(Files.readString(here.resolve("file"))).isEqualTo("afterwards");
    }

    /** What is read through a mount that stands still is new, if it is read at all. */
    private static void assertNothingOld(Future<String> read)
            throws InterruptedException, ExecutionException {
        try {
            assertThat(read.get(1, TimeUnit.SECONDS)).isEqualTo("meanwhile");
        } catch (TimeoutException e) {
            assertThat(read).isNotDone();
        }
    }
}
