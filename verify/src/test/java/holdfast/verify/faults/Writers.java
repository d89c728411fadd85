package holdfast.verify.faults;

import holdfast.client.files.Cell;
import holdfast.verify.processes.ClientProgram;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Some {@link Writer}s, each with one connection from the beginning to the end, and a reader that
 * looks at what they have acknowledged: {@code FIRST COUNT STOP}. Prints {@code WRITER ROUNDS}
 * after each round, and ends when there is a file {@code STOP}, or with the first error.
 */
final class Writers {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final ClientProgram program;
    private final List<Writer> writers;
    private final List<AtomicInteger> rounds = new ArrayList<>();
    private final Path stop;

    private Writers(ClientProgram program) {
        this.program = program;
        this.stop = Path.of(program.text(2));
        int first = program.number(0);
        writers = IntStream.range(first, first + program.number(1))
                .mapToObj(Writer::new)
                .toList();
        writers.forEach(writer -> rounds.add(new AtomicInteger()));
    }

    public static void main(String[] words) throws InterruptedException {
        new Writers(ClientProgram.of(words)).run();
    }

    private void run() throws InterruptedException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ExecutorCompletionService<String>(threads);
            for (int i = 0; i < writers.size(); i++) {
                int index = i;
                running.submit(() -> write(index));
            }
            running.submit(this::look);
            for (int i = 0; i <= writers.size(); i++) {
                running.take().get();
            }
        } catch (ExecutionException e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private Cell connect(String name) throws IOException {
        return Cell.connect(
                program.options().withCache(program.cache().resolve(name)).withTimeout(TIMEOUT));
    }

    private String write(int index) throws IOException {
        Writer writer = writers.get(index);
        try (Cell cell = connect("writer-" + writer.number())) {
            for (int round = 0; !Files.exists(stop); round++) {
                writer.work(cell, round);
                rounds.get(index).set(round + 1);
                System.out.println(writer.number() + " " + (round + 1));
            }
        }
        return "wrote";
    }

    private String look() throws IOException {
        Random random = new Random();
        try (Cell cell = connect("reader")) {
            while (!Files.exists(stop)) {
                int index = random.nextInt(writers.size());
                int acknowledged = rounds.get(index).get();
                if (acknowledged > 0) {
                    writers.get(index).look(cell, acknowledged - 1);
                }
            }
        }
        return "looked";
    }
}
