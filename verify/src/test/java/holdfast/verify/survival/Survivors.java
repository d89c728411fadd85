package holdfast.verify.survival;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ClientProgram;
import holdfast.verify.survival.Act.Kind;
import holdfast.verify.survival.Act.Seen;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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
 * Some clients, each with a connection of its own, that read and write a few files which all share:
 * {@code FIRST COUNT SEED STOP PATH…}; none of them reads each file once. Prints each act when it
 * has ended. Failed acts are part of the history; anything else that goes wrong ends the program.
 * Ends when there is a file {@code STOP}.
 */
final class Survivors {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration LOCK_WAIT = Duration.ofSeconds(20);

    private final ClientProgram program;
    private final Path stop;
    private final List<CellPath> paths;

    private Survivors(ClientProgram program) {
        this.program = program;
        this.stop = Path.of(program.text(3));
        this.paths = program.arguments().stream().skip(4).map(CellPath::parse).toList();
    }

    public static void main(String[] words) throws InterruptedException {
        new Survivors(ClientProgram.of(words)).run();
    }

    private void run() throws InterruptedException {
        int first = program.number(0);
        int count = program.number(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ExecutorCompletionService<Integer>(threads);
            for (int client = first; client < first + count; client++) {
                int number = client;
                running.submit(() -> live(number));
            }
            if (count == 0) {
                running.submit(this::lookAtAll);
            }
            for (int i = 0; i < Math.max(1, count); i++) {
                running.take().get();
            }
        } catch (ExecutionException e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private int live(int client) throws IOException {
        Random random = new Random(program.number(2) * 1_000L + client);
        try (Cell cell = connect(client)) {
            for (int number = 0; !Files.exists(stop); number++) {
                CellPath path = paths.get(random.nextInt(paths.size()));
                Act act = act(cell, path, random.nextInt(10), client + "." + number);
                System.out.println(act.line());
            }
        }
        return client;
    }

    /** Reads each file once. */
    private int lookAtAll() throws IOException {
        try (Cell cell = connect(0)) {
            for (CellPath path : paths) {
                System.out.println(
                        new Attempt(path, System.nanoTime()).read(cell).line());
            }
        }
        return paths.size();
    }

    private Cell connect(int client) throws IOException {
        return Cell.connect(CellOptions.at(program.directory())
                .withCache(program.cache().resolve("client-" + client))
                .withTimeout(TIMEOUT));
    }

    private static Act act(Cell cell, CellPath path, int choice, String name) throws IOException {
        Attempt attempt = new Attempt(path, System.nanoTime());
        return switch (choice) {
            case 0, 1, 2, 3, 4, 5 -> attempt.read(cell);
            case 6, 7, 8 -> attempt.change(cell, name);
            default -> attempt.write(cell, name);
        };
    }

    /** One act, whatever comes of it. */
    private static final class Attempt {
        private final CellPath path;
        private final long begun;
        private Optional<Seen> base = Optional.empty();

        Attempt(CellPath path, long begun) {
            this.path = path;
            this.begun = begun;
        }

        Act read(Cell cell) throws IOException {
            try (OpenFile file = cell.open(path, OpenRequest.read())) {
                Seen seen = seen(file);
                return act(Kind.READ, Act.DONE, seen.version(), seen.text());
            } catch (CellException e) {
                return act(Kind.READ, e.code().name(), 0, Text.NONE);
            }
        }

        Act change(Cell cell, String name) throws IOException {
            try {
                OpenFile file = cell.open(path, OpenRequest.create().waitingAtMost(LOCK_WAIT));
                try (file) {
                    base = Optional.of(seen(file));
                    file.channel().truncate(0);
                    file.channel().write(ByteBuffer.wrap(Text.of(name)), 0);
                }
                return act(Kind.CHANGE, Act.DONE, file.stat().dataVersion(), name);
            } catch (CellException e) {
                return act(Kind.CHANGE, e.code().name(), 0, name);
            }
        }

        Act write(Cell cell, String name) {
            try {
                var options = Cell.PutOptions.standard();
                long version = cell.write(path, Text.of(name), options).dataVersion();
                return act(Kind.WRITE, Act.DONE, version, name);
            } catch (CellException e) {
                return act(Kind.WRITE, e.code().name(), 0, name);
            }
        }

        private Act act(Kind kind, String outcome, long version, String text) {
            return new Act(
                    kind, path.toString(), begun, System.nanoTime(), outcome, version, text, base);
        }

        private static Seen seen(OpenFile file) throws IOException {
            FileChannel channel = file.channel();
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
            int read = 0;
            while (bytes.hasRemaining() && read >= 0) {
                read = channel.read(bytes, bytes.position());
            }
            return new Seen(file.stat().dataVersion(), Text.nameOf(bytes.array()));
        }
    }
}
