package holdfast.verify.survival;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.failure.FailureCode;
import holdfast.verify.simulation.Checker;
import holdfast.verify.simulation.Event;
import holdfast.verify.survival.Disasters.Fault;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Twenty clients in four processes work while servers, machines, networks and disks suffer; then
 * their history is judged as the simulator judges its own. {@code -Dholdfast.survival.seconds=3600}
 * runs for an hour; {@code holdfast.survival.seed} gives the same faults again, and
 * {@code holdfast.survival.kinds} only some kinds of them.
 */
@Tag("alone")
final class SurvivalTest {
    private static final int SECONDS = Integer.getInteger("holdfast.survival.seconds", 180);
    private static final long SEED = Long.getLong("holdfast.survival.seed", System.nanoTime());

    /** Clients rest for up to so long between two steps. */
    private static final long MOMENT_NANOS = StepsAtRandom.PAUSE_MILLIS_MAX * 1_000_000L;

    private final Pauses pauses = new Pauses();
    private final List<Strike> struck = new ArrayList<>();
    private final long start = System.nanoTime();

    /** When a fault began. */
    private record Strike(long from, long to) {}

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    @Test
    void whatClientsSeeIsRightThroughAllFaults() throws InterruptedException {
        say("-Dholdfast.survival.seed=" + SEED + " in " + folder);
        CopiedLogs logs = new CopiedLogs(folder.resolve("logs"));
        try (MachinesCell cell = MachinesCell.start(folder);
                Clients clients = new Clients(cell, folder, SEED)) {
            clients.awaitProgress();
            Disasters disasters = new Disasters(cell, clients, logs, new Random(SEED));
            long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
            while (System.nanoTime() < end) {
                suffer(cell, clients, disasters);
                cell.servers(Service.FILES).forEach(logs::copyClosed);
            }
            List<Event> last = clients.endAndLook();
            cell.awaitWhole();
            List<String> wrong = new ArrayList<>();
            wrong.addAll(cell.done("locks", "--json").lines().toList());
            cell.servers().forEach(Server::stop);
            last.stream()
                    .filter(event -> event.failure != null && Checker.isTrouble(event.failure))
                    .forEach(event -> wrong.add("trouble after all faults: " + event));
            judge(cell, clients, logs, wrong);
        }
    }

    private void suffer(MachinesCell cell, Clients clients, Disasters disasters)
            throws InterruptedException {
        long begun = System.nanoTime();
        Fault fault = disasters.strike();
        struck.add(new Strike(begun, System.nanoTime() + MOMENT_NANOS));
        say(fault.what() + " for " + fault.lasts().toMillis() + " ms");
        pause(fault.lasts());
        fault.end().run();
        clients.awaitProgress();
        pauses.note(fault.kind(), begun, System.nanoTime());
        assertThat(cell.servers())
                .allSatisfy(server -> assertThat(server.process().alive())
                        .as("%s: %s", server, server.process().err())
                        .isTrue());
    }

    /** The faults' own time, which nothing else ends. */
    private static void pause(Duration time) throws InterruptedException {
        boolean _ = new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void judge(MachinesCell cell, Clients clients, CopiedLogs logs, List<String> wrong) {
        List<Event> events = clients.events();
        wrong.addAll(clients.wrong());
        for (Service service : Service.values()) {
            List<Server> members = cell.servers(service);
            members.forEach(logs::copyAll);
            members.stream()
                    .filter(member -> !logs.agree(members.getFirst(), member))
                    .forEach(member ->
                            wrong.add(member + " has another log than " + members.getFirst()));
        }
        Judgement judgement = new Judgement(cell.servers(Service.FILES), logs);
        wrong.addAll(judgement.of(events));
        if (pauses.kinds().contains(Disasters.Kind.NO_ROOM.toString())
                && events.stream().noneMatch(event -> event.failure == FailureCode.NO_SPACE)) {
            wrong.add("there was no room, but no store was refused for that");
        }
        pauses.report(events).forEach(this::say);
        long done = events.stream().filter(Event::done).count();
        say(done + " steps succeeded, " + (events.size() - done) + " did not: " + failures(events));
        say(judgement.entries() + " log entries; " + judgement.lacking()
                + " chunks still to bring");
        wrong.stream().limit(20).forEach(this::say);
        assertThat(struck)
                .isNotEmpty()
                .allSatisfy(strike -> assertThat(events)
                        .as("steps under way when a fault struck")
                        .anyMatch(event -> event.begun <= strike.to && strike.from <= event.ended));
        assertThat(wrong).isEmpty();
    }

    private static Map<String, Long> failures(List<Event> events) {
        return events.stream()
                .filter(event -> event.failure != null)
                .collect(Collectors.groupingBy(
                        event -> String.valueOf(event.failure),
                        TreeMap::new,
                        Collectors.counting()));
    }

    private void say(String what) {
        System.out.printf("%7.1f %s%n", (System.nanoTime() - start) / 1e9, what);
    }
}
