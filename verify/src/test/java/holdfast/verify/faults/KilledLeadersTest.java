package holdfast.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.MemberInfo;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ReplicatedCell;
import holdfast.verify.processes.ReplicatedCell.Role;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file servers, the locking service and the directory service grow from one member to three
 * while twenty writers work, then their leaders are killed, one after the other.
 * {@code -Dholdfast.faults.kills=…} kills each so many times; with
 * {@code -Dholdfast.faults.stop=true} they are stopped instead (SIGSTOP) until the writers have got
 * on without them.
 */
@Tag("alone")
final class KilledLeadersTest {
    private static final int KILLS = Integer.getInteger("holdfast.faults.kills", 1);
    private static final boolean STOP = Boolean.getBoolean("holdfast.faults.stop");
    private static final List<Role> ROLES = List.of(Role.FILE, Role.LOCKING, Role.DIRECTORY);
    private static final int PROCESSES = 4;
    private static final int WRITERS_EACH = 5;
    private static final int WRITERS = PROCESSES * WRITERS_EACH;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final List<LocalProcess> clients = new ArrayList<>();
    private final int[] rounds = new int[WRITERS];
    private final long[] read = new long[PROCESSES];
    private final Map<Role, List<Long>> pauses = new EnumMap<>(Role.class);

    @TempDir
    Path folder;

    @Test
    void writersGoOnWhileServicesGrowAndTheirLeadersAreKilled() throws IOException {
        try (ReplicatedCell cell = ReplicatedCell.start(folder)) {
            try {
                cell.done("ls", "/etc", "/src", "/home");
                Path stop = startWriters(cell);
                awaitEachWriter(1);
                long begun = System.nanoTime();
                cell.growToThree();
                System.out.printf("grew in %.1f s%n", (System.nanoTime() - begun) / 1e9);
                for (int i = 0; i < KILLS; i++) {
                    ROLES.forEach(role -> killLeader(cell, role));
                }
                report();
                removeFileServer(cell);
                Files.createFile(stop);
                check(cell, awaitWriters());
            } finally {
                clients.forEach(LocalProcess::kill);
            }
        }
    }

    private Path startWriters(ReplicatedCell cell) {
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

    /** And notes for how long nobody got on. */
    private void killLeader(ReplicatedCell cell, Role role) {
        String leader = cell.leader(role);
        long killed = System.nanoTime();
        if (STOP) {
            cell.process(leader).pause();
        } else {
            cell.process(leader).kill();
        }
        long[] longest = {0, killed, rounds()};
        awaitEachWriter(2, () -> {
            long now = System.nanoTime();
            long rounds = rounds();
            longest[0] = Math.max(longest[0], now - longest[1]);
            if (rounds > longest[2]) {
                longest[1] = now;
                longest[2] = rounds;
            }
        });
        pauses.computeIfAbsent(role, each -> new ArrayList<>()).add(longest[0]);
        if (STOP) {
            cell.process(leader).goOn();
        } else {
            cell.start(leader);
        }
    }

    private void report() {
        pauses.forEach((role, all) -> {
            List<Long> sorted = all.stream().sorted().toList();
            System.out.printf(
                    "leader of %s struck %d times: nobody got on for %.2f s (median), %.2f s"
                            + " (worst)%n",
                    role,
                    sorted.size(),
                    sorted.get(sorted.size() / 2) / 1e9,
                    sorted.getLast() / 1e9);
        });
    }

    /** Whose chunks must be elsewhere before it goes. */
    private void removeFileServer(ReplicatedCell cell) throws IOException {
        String leader = cell.leader(Role.FILE);
        String leaving = cell.members(Role.FILE).stream()
                .map(MemberInfo::address)
                .filter(address -> !address.equals(leader))
                .findFirst()
                .orElseThrow();
        cell.done("members", "remove", leaving);
        assertThat(cell.members(Role.FILE)).hasSize(2);
        assertThat(cell.process(leaving).awaitEnd()).isEqualTo(7);
        awaitEachWriter(1);
    }

    private void awaitEachWriter(int more) {
        awaitEachWriter(more, () -> {});
    }

    /** Until each writer has done so many rounds more. */
    private void awaitEachWriter(int more, Runnable meanwhile) {
        int[] before = eachRounds();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(PATIENCE)
                .until(() -> {
                    clients.forEach(client ->
                            assertThat(client.alive()).as(client.err()).isTrue());
                    meanwhile.run();
                    int[] now = eachRounds();
                    for (int i = 0; i < WRITERS; i++) {
                        if (now[i] < before[i] + more) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    private int[] eachRounds() {
        for (int i = 0; i < clients.size(); i++) {
            String news = new String(clients.get(i).outAfter(read[i]), StandardCharsets.UTF_8);
            String whole = news.substring(0, news.lastIndexOf('\n') + 1);
            read[i] += whole.length();
            whole.lines()
                    .forEach(line -> rounds[Integer.parseInt(line, 0, line.indexOf(" "), 10)]++);
        }
        return rounds.clone();
    }

    private long rounds() {
        return Arrays.stream(eachRounds()).sum();
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

    private static void check(ReplicatedCell cell, Map<Integer, Integer> rounds)
            throws IOException {
        try (Cell fresh = cell.connect("cache-fresh")) {
            for (Map.Entry<Integer, Integer> each : rounds.entrySet()) {
                new Writer(each.getKey()).checkAll(fresh, each.getValue());
            }
        }
    }
}
