package holdfast.verify.survival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.survival.Disasters.Fault;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Twenty clients in four processes read and write while servers are killed and paused and machines
 * lose each other; then their history is judged. {@code -Dholdfast.survival.seconds=3600} runs for
 * an hour; {@code holdfast.survival.seed} gives the same faults again.
 */
final class SurvivalTest {
    private static final int SECONDS = Integer.getInteger("holdfast.survival.seconds", 60);
    private static final long SEED = Long.getLong("holdfast.survival.seed", System.nanoTime());
    private static final int PROCESSES = 4;
    private static final int CLIENTS_EACH = 5;
    private static final int FILES = 9;
    private static final Duration RECOVERS = Duration.ofMinutes(2);

    private final List<LocalProcess> clients = new ArrayList<>();
    private final List<Long> struck = new ArrayList<>();

    @TempDir
    Path folder;

    @Test
    void whatClientsSeeIsRightThroughAllFaults() throws IOException, InterruptedException {
        System.out.println("-Dholdfast.survival.seed=" + SEED);
        try (MachinesCell cell = MachinesCell.start(folder)) {
            try {
                startClients(cell);
                awaitProgress();
                Disasters disasters = new Disasters(cell, new Random(SEED));
                long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
                while (System.nanoTime() < end) {
                    suffer(disasters.strike());
                }
                cell.machines().heal();
                awaitProgress();
                Files.createFile(stop());
                judge(cell, disasters);
            } finally {
                clients.forEach(LocalProcess::kill);
            }
        }
    }

    private Path stop() {
        return folder.resolve("stop");
    }

    private void startClients(MachinesCell cell) {
        for (int i = 0; i < PROCESSES; i++) {
            clients.add(cell.client(
                    1 + i % 2,
                    Survivors.class,
                    "cache-" + i,
                    arguments(i * CLIENTS_EACH, CLIENTS_EACH)));
        }
    }

    private List<String> arguments(int first, int count) {
        return Stream.concat(
                        Stream.of(
                                String.valueOf(first),
                                String.valueOf(count),
                                String.valueOf(SEED % 1_000_000),
                                stop().toString()),
                        paths())
                .toList();
    }

    private static Stream<String> paths() {
        return IntStream.range(0, FILES)
                .mapToObj(i -> (i % 2 == 0 ? "/home" : "/src") + "/file-" + i);
    }

    private void suffer(Fault fault) throws InterruptedException {
        System.out.println(fault.what() + " for " + fault.lasts().toMillis() + " ms");
        struck.add(System.nanoTime());
        pause(fault.lasts());
        fault.end().run();
        awaitProgress();
    }

    /** The faults' own time, which nothing else ends. */
    private static void pause(Duration time) throws InterruptedException {
        boolean _ = new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Until something succeeded in each process that began after now. */
    private void awaitProgress() {
        long now = System.nanoTime();
        await().atMost(RECOVERS)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> clients.stream().allMatch(client -> {
                    assertThat(client.alive()).as(client.err()).isTrue();
                    return acts(client).anyMatch(act -> act.done() && act.begun() > now);
                }));
    }

    private static Stream<Act> acts(LocalProcess client) {
        String said = client.out();
        return said.substring(0, said.lastIndexOf('\n') + 1).lines().map(Act::of);
    }

    private void judge(MachinesCell cell, Disasters disasters) {
        List<Act> history = new ArrayList<>();
        for (LocalProcess client : clients) {
            assertThat(client.awaitEnd()).as(client.err()).isZero();
            history.addAll(acts(client).toList());
        }
        LocalProcess last = cell.client(1, Survivors.class, "cache-last", arguments(0, 0));
        assertThat(last.awaitEnd()).as(last.err()).isZero();
        List<Act> seen = acts(last).toList();
        assertThat(seen).hasSize(FILES).allMatch(Act::done);
        history.addAll(seen);
        long done = history.stream().filter(Act::done).count();
        System.out.printf(
                "%s; %d acts succeeded, %d failed%n",
                disasters.counts(), done, history.size() - done);
        assertThat(struck)
                .isNotEmpty()
                .allSatisfy(moment -> assertThat(history)
                        .as("acts under way when a fault struck")
                        .anyMatch(act -> act.isUnderWayAt(moment)));
        assertThat(Verdict.of(history)).isEmpty();
    }
}
