package holdfast.verify.survival;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;
import holdfast.client.files.OpenFile;
import holdfast.client.files.Surroundings;
import holdfast.verify.processes.ClientProgram;
import holdfast.verify.simulation.Client;
import holdfast.verify.simulation.Event;
import holdfast.verify.simulation.EventLine;
import holdfast.verify.simulation.Recording;
import holdfast.verify.simulation.Step;
import holdfast.verify.simulation.Steps;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;

/**
 * Some clients, each with a connection of its own, that carry out steps: {@code FIRST COUNT SEED
 * STOP}. Prints each event when it has ended, and what is wrong in lines that begin with
 * {@code wrong}. Ends when there is a file {@code STOP}. Without any clients, one looks at
 * everything once.
 */
final class Survivors {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final long CACHE_BYTES = 16L << 20;
    private static final long AGAIN_MILLIS = 500;

    private final ClientProgram program;
    private final Path stop;

    private Survivors(ClientProgram program) {
        this.program = program;
        this.stop = Path.of(program.text(3));
    }

    public static void main(String[] words) throws InterruptedException {
        new Survivors(ClientProgram.of(words)).run();
    }

    private void run() throws InterruptedException {
        int first = program.number(0);
        int count = program.number(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ExecutorCompletionService<Integer>(threads);
            for (int client = first; client < first + Math.max(1, count); client++) {
                Survivor survivor = new Survivor(client);
                running.submit(() -> survivor.live(count == 0));
            }
            for (int i = 0; i < Math.max(1, count); i++) {
                running.take().get();
            }
        } catch (ExecutionException e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    /** A client. */
    private final class Survivor implements Client {
        private final int number;
        private final StepsAtRandom plan;
        private volatile @Nullable Event current;
        private int copies;

        Survivor(int number) {
            this.number = number;
            this.plan = new StepsAtRandom(number, new Random(program.number(2) * 1_000L + number));
        }

        int live(boolean once) throws CellException, InterruptedException {
            try (Cell cell = connect()) {
                Steps steps = new Steps(cell, this);
                steps.awaitVolume();
                if (once) {
                    for (Step step : plan.all()) {
                        carryOut(steps, step);
                    }
                } else {
                    while (!Files.exists(stop)) {
                        carryOut(steps, plan.next());
                    }
                }
                for (Cell.Recovery.Kept kept : cell.recovery().list()) {
                    wrong("a working copy is left that nobody knows of: " + kept);
                }
            }
            return number;
        }

        private void carryOut(Steps steps, Step step) throws InterruptedException {
            Thread.sleep(step.pause());
            Event event = new Event(number, step, now());
            current = event;
            steps.run(event);
            event.ended = now();
            current = null;
            System.out.println(EventLine.of(event));
        }

        private Cell connect() throws InterruptedException {
            while (true) {
                try {
                    Surroundings here = Surroundings.standard();
                    CellOptions options = new CellOptions(
                            List.of(program.directory().split(",")),
                            List.of(),
                            Optional.of(program.cache().resolve("client-" + number)),
                            Optional.of(CACHE_BYTES),
                            Optional.empty(),
                            List.of(),
                            TIMEOUT,
                            false);
                    return Cell.connect(
                            options,
                            new Surroundings(
                                    new Recording(
                                            here.transport(),
                                            () -> Optional.ofNullable(current),
                                            System::nanoTime),
                                    here.wallClock(),
                                    here.ticker(),
                                    here.threads()));
                } catch (CellException e) {
                    Thread.sleep(AGAIN_MILLIS);
                }
            }
        }

        @Override
        public long now() {
            return System.nanoTime();
        }

        @Override
        public void wrong(String what) {
            System.out.println("wrong: client " + number + ": " + what.replace('\n', ' '));
        }

        @Override
        public Path scratch() {
            copies++;
            return program.cache().resolve("copy-" + number + "-" + copies);
        }

        @Override
        public void opened(OpenFile file, long at) {}

        @Override
        public void closed(OpenFile file) {}

        @Override
        public void kept(Cell.Recovery recovery, String id) throws CellException {
            recovery.discard(id);
        }
    }
}
