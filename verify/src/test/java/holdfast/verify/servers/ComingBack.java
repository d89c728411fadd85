package holdfast.verify.servers;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.Stat;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ClientProgram;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A process with many clients, each of which knows many files. When the file server has started
 * anew all check what they know; this says how long that took and how many requests, and then that
 * each client looks at each file without any.
 *
 * <p>Arguments: how many clients, how many files, the directory, whether to make them, and a file
 * that appears when the server is there again.
 */
final class ComingBack {
    private static final int WRITERS = 16;
    private static final Duration QUIET = Duration.ofSeconds(3);
    private static final Duration POLL = Duration.ofMillis(20);

    private final List<Cell> clients = new ArrayList<>();
    private final List<CellPath> files = new ArrayList<>();
    private final CellPath directory;

    private ComingBack(CellPath directory, int files) {
        this.directory = directory;
        for (int i = 0; i < files; i++) {
            this.files.add(CellPath.parse(directory + "/file-" + i));
        }
    }

    public static void main(String[] words) throws Exception {
        ClientProgram program = ClientProgram.of(words);
        ComingBack load = new ComingBack(CellPath.parse(program.text(2)), program.number(1));
        if (Boolean.parseBoolean(program.text(3))) {
            try (Cell maker = program.connect()) {
                load.make(maker);
            }
        }
        load.connect(program, program.number(0));
        load.look();
        long known = load.requests();
        System.out.println("all is known");
        while (!Files.exists(Path.of(program.text(4)))) {
            Thread.sleep(POLL);
        }
        load.awaitChecks(known);
        load.lookAgain();
    }

    private void connect(ClientProgram program, int count) throws CellException {
        for (int i = 0; i < count; i++) {
            clients.add(program.connect());
        }
    }

    private void make(Cell maker) throws Exception {
        maker.mkdir(directory, 0755);
        try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<Stat>> made = new ArrayList<>();
            for (CellPath file : files) {
                made.add(writers.submit(
                        () -> maker.write(file, new byte[10], Cell.PutOptions.standard())));
            }
            for (Future<Stat> each : made) {
                var unused = each.get();
            }
        }
    }

    private void look() throws CellException {
        for (Cell client : clients) {
            client.list(directory, entry -> {});
            for (CellPath file : files) {
                var unused = client.lstat(file);
            }
        }
    }

    private long requests() {
        return clients.stream().mapToLong(each -> each.statistics().requests()).sum();
    }

    /**
     * Until somebody has asked something since {@code before} requests, and then for a while
     * nobody.
     */
    private void awaitChecks(long before) throws InterruptedException {
        long begun = System.nanoTime();
        long first = 0;
        long last = begun;
        long seen = before;
        while (first == 0 || System.nanoTime() - last < QUIET.toNanos()) {
            Thread.sleep(POLL);
            long now = requests();
            if (now != seen) {
                last = System.nanoTime();
                first = first == 0 ? last : first;
                seen = now;
            }
        }
        System.out.printf(
                "%d clients checked %d files each within %.1f s, %d requests in all%n",
                clients.size(), files.size(), (last - first) / 1e9, seen - before);
    }

    private void lookAgain() throws CellException {
        long before = requests();
        for (Cell client : clients) {
            for (CellPath file : files) {
                var unused = client.lstat(file);
            }
        }
        System.out.println("looked at all again with " + (requests() - before) + " requests");
    }
}
