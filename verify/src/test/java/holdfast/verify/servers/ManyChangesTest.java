package holdfast.verify.servers;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Changes;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * The log of a file server does not grow with what was changed, and a killed server has all of it
 * again; by hand with a million changes ({@code -Dholdfast.cases.changes=1000000}).
 */
final class ManyChangesTest {
    private static final int CHANGES = Integer.getInteger("holdfast.cases.changes", 6_000);
    private static final int WRITERS = 32;

    /** What a checkpoint has not yet taken in, and the part that is kept for others. */
    private static final long LOG_BYTES_MAX = 64L << 20;

    @TempDir
    Path folder;

    private static CellPath path(int writer) {
        return CellPath.parse("/home/changed-" + writer);
    }

    private static int mode(int change) {
        return 0600 + change % 64;
    }

    @Test
    void theLogStaysSmallAndNothingIsForgotten() throws Exception {
        int each = CHANGES / WRITERS;
        try (ProcessCell cell = ProcessCell.start(folder);
                Cell client = cell.connect("cache")) {
            long begun = System.nanoTime();
            changeAll(client, each);
            long changed = System.nanoTime();
            assertThat(logBytes()).isBetween(1L, LOG_BYTES_MAX);
            cell.kill(Server.FILES_2);
            long killed = System.nanoTime();
            cell.start(Server.FILES_2);
            long started = System.nanoTime();
            try (Cell another = cell.connect("cache-another")) {
                for (int writer = 0; writer < WRITERS; writer++) {
                    assertThat(another.stat(path(writer)).mode()).isEqualTo(mode(each - 1));
                }
            }
            System.out.printf(
                    "%,d changes in %s, log %,d KiB; started again in %s, asked for all in %s%n",
                    each * WRITERS,
                    Duration.ofNanos(changed - begun),
                    logBytes() >> 10,
                    Duration.ofNanos(started - killed),
                    Duration.ofNanos(System.nanoTime() - started));
        }
    }

    private static void changeAll(Cell client, int each) throws Exception {
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                all.add(writers.submit(() -> {
                    change(client, path(writer), each);
                    return writer;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    private static void change(Cell client, CellPath path, int times) throws CellException {
        client.open(path, OpenRequest.create()).close();
        for (int i = 0; i < times; i++) {
            client.setAttributes(path, Changes.NONE.withMode(mode(i)));
        }
    }

    private long logBytes() throws IOException {
        try (Stream<Path> all =
                Files.walk(ProcessCell.roots(folder, Server.FILES_2).getFirst())) {
            return all.filter(file -> file.getFileName().toString().startsWith("log_"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
