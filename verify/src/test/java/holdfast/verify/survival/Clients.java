package holdfast.verify.survival;

import static org.awaitility.Awaitility.await;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.simulation.Event;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Twenty clients in four processes on two machines, which may be killed. */
final class Clients implements AutoCloseable {
    static final int PROCESSES = 4;
    private static final int EACH = 5;
    private static final Duration RECOVERS = Duration.ofMinutes(2);

    private final MachinesCell cell;
    private final long seed;
    private final Path stop;
    private final List<Told> running = new ArrayList<>();
    private final List<Told> over = new ArrayList<>();
    private int started;

    Clients(MachinesCell cell, Path folder, long seed) {
        this.cell = cell;
        this.seed = seed;
        this.stop = folder.resolve("stop");
        for (int i = 0; i < PROCESSES; i++) {
            running.add(start(i, EACH));
        }
    }

    /** The same caches have clients of other numbers each time, since numbers name what they do. */
    private Told start(int which, int count) {
        int first = started * EACH + 1;
        started++;
        return new Told(cell.client(
                1 + which % MachinesCell.CLIENTS,
                Survivors.class,
                "cache-" + which,
                List.of(
                        String.valueOf(first),
                        String.valueOf(count),
                        String.valueOf(seed % 1_000_000),
                        stop.toString())));
    }

    void kill(int which) {
        running.get(which).process().kill();
    }

    /** Starts others in the place of those that were killed, with their caches. */
    void startAgain(int which) {
        over.add(running.get(which));
        running.set(which, start(which, EACH));
    }

    /** Until something succeeded in each process that began after now. */
    void awaitProgress() {
        long now = System.nanoTime();
        await().atMost(RECOVERS)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> running.stream().allMatch(client -> client.gotOnAfter(now)));
    }

    /** Ends all; then another one looks at everything. What that one has told. */
    List<Event> endAndLook() {
        try {
            Files.createFile(stop);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        running.forEach(Told::awaitEnd);
        over.addAll(running);
        running.clear();
        Told last = start(PROCESSES, 0);
        over.add(last);
        last.awaitEnd();
        return last.events();
    }

    private Stream<Told> all() {
        return Stream.concat(over.stream(), running.stream());
    }

    List<Event> events() {
        return all().flatMap(told -> told.events().stream()).toList();
    }

    /** What clients said to be wrong. */
    List<String> wrong() {
        return all().flatMap(told -> told.wrong().stream()).toList();
    }

    @Override
    public void close() {
        running.stream().map(Told::process).forEach(LocalProcess::kill);
    }
}
