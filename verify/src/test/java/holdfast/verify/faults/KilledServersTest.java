package holdfast.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenRequest;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Member;
import holdfast.verify.processes.ProcessCell.Server;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Servers are killed at random moments while twenty writers in four processes work. The time is set
 * by {@code holdfast.faults.seconds}, and a run is repeated, as far as the threads allow, by
 * {@code holdfast.faults.seed}.
 */
final class KilledServersTest {
    private static final Duration TIME =
            Duration.ofSeconds(Integer.getInteger("holdfast.faults.seconds", 10));
    private static final List<Server> SERVERS = List.of(Server.values());
    private static final int PROCESSES = 4;
    private static final int WRITERS_EACH =
            Integer.getInteger("holdfast.faults.writers", 20) / PROCESSES;
    private static final int WRITERS = PROCESSES * WRITERS_EACH;
    private static final int ROUNDS_BETWEEN_MAX = 40;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final long seed = Long.getLong("holdfast.faults.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<LocalProcess> clients = new ArrayList<>();
    private final List<Member> killed = new ArrayList<>();

    @TempDir
    Path folder;

    @Test
    void nothingAcknowledgedIsLostAndAllGoOn() throws IOException {
        try (ProcessCell cell = ProcessCell.start(folder)) {
            try {
                Path stop = startWriters(cell);
                killServers(cell);
                Files.createFile(stop);
                Map<Integer, Integer> rounds = awaitWriters();
                check(cell, rounds);
                System.out.println("seed " + seed + ": killed " + killed + "; rounds " + rounds);
            } finally {
                clients.forEach(LocalProcess::kill);
            }
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + ", killed " + killed + ": " + e, e);
        }
    }

    private Path startWriters(ProcessCell cell) {
        Path stop = folder.resolve("stop");
        for (int i = 0; i < PROCESSES; i++) {
            clients.add(cell.client(
                    Writers.class,
                    "cache-" + i,
                    String.valueOf(i * WRITERS_EACH),
                    String.valueOf(WRITERS_EACH),
                    stop.toString()));
        }
        return stop;
    }

    /** Each time after a random number of rounds of the writers, of whom all must still be well. */
    private void killServers(ProcessCell cell) {
        long end = System.nanoTime() + TIME.toNanos();
        while (System.nanoTime() < end) {
            awaitRounds(rounds() + 1 + random.nextInt(ROUNDS_BETWEEN_MAX));
            Member first = any(cell);
            Member second = random.nextInt(3) == 0 ? any(cell) : first;
            cell.process(first).kill();
            killed.add(first);
            if (!second.equals(first)) {
                cell.process(second).kill();
                cell.start(second);
                killed.add(second);
            }
            cell.start(first);
        }
        awaitRounds(rounds() + WRITERS);
    }

    private Member any(ProcessCell cell) {
        List<Member> members = cell.members(SERVERS.get(random.nextInt(SERVERS.size())));
        return members.get(random.nextInt(members.size()));
    }

    private void awaitRounds(long wanted) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            clients.forEach(
                    client -> assertThat(client.alive()).as(client.err()).isTrue());
            return rounds() >= wanted;
        });
    }

    private long rounds() {
        return clients.stream()
                .mapToLong(client -> client.out().lines().count())
                .sum();
    }

    private Map<Integer, Integer> awaitWriters() {
        Map<Integer, Integer> rounds = new HashMap<>();
        for (LocalProcess client : clients) {
            assertThat(client.awaitEnd()).as(client.err()).isZero();
            client.out()
                    .lines()
                    .map(line -> line.split(" "))
                    .forEach(words ->
                            rounds.put(Integer.valueOf(words[0]), Integer.valueOf(words[1])));
        }
        assertThat(rounds).hasSize(WRITERS);
        return rounds;
    }

    private void check(ProcessCell cell, Map<Integer, Integer> rounds) throws IOException {
        try (Cell fresh = cell.connect("cache-fresh")) {
            assertThat(fresh.administration().locks()).isEmpty();
            for (Map.Entry<Integer, Integer> each : rounds.entrySet()) {
                new Writer(each.getKey()).checkAll(fresh, each.getValue());
            }
            for (int directory = 0; directory < 3; directory++) {
                checkShared(fresh, directory, rounds);
            }
        }
    }

    /** Every line is there once. */
    private void checkShared(Cell fresh, int directory, Map<Integer, Integer> rounds)
            throws IOException {
        List<String> expected = rounds.entrySet().stream()
                .filter(each -> each.getKey() % 3 == directory)
                .flatMap(each -> new Writer(each.getKey()).lines(each.getValue()))
                .toList();
        var path = new Writer(directory).shared();
        fresh.open(path, OpenRequest.write().notWaiting()).close();
        String text = new String(fresh.read(path, 1 << 24), StandardCharsets.UTF_8);
        assertThat(text.lines()).containsExactlyInAnyOrderElementsOf(expected);
    }
}
