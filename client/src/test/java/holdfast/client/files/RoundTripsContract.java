package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell.PutOptions;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What each operation may cost: the table in the design, in round trips that somebody waits for and
 * in commits. Runs against the fake cell and against real servers.
 */
abstract class RoundTripsContract {
    @TempDir
    Path local;

    private final List<Cell> connected = new ArrayList<>();
    private Cell one = NoCell.INSTANCE;
    private Cell two = NoCell.INSTANCE;
    private long commitsBefore;

    /** Where the cell is. */
    abstract CellOptions options();

    /** Connects one more client; its calls are counted. */
    abstract Cell connect(CellOptions options) throws CellException;

    /** The names of the calls since {@link #forgetCalls} that somebody waited for, in order. */
    abstract List<String> waitedFor();

    abstract void forgetCalls();

    /** How many changes the servers have committed so far. */
    abstract long commitsSoFar();

    /** A directory for this test alone, which is there. */
    CellPath home() {
        return CellPath.ROOT;
    }

    @BeforeEach
    void warmUp() throws IOException {
        one = connect();
        two = connect();
        if (!home().isRoot()) {
            one.mkdir(home(), 0755);
        }
        one.mkdir(path("d"), 0755);
        one.mkdir(path("d/e"), 0755);
        for (Cell cell : List.of(one, two)) {
            write(cell, "d/e/warm-" + System.identityHashCode(cell), "x");
            OpenRequest create = OpenRequest.create();
            cell.open(path("d/lock-" + System.identityHashCode(cell)), create).close();
        }
        begin();
    }

    @AfterEach
    void closeAll() {
        connected.forEach(Cell::close);
    }

    private Cell connect() throws CellException {
        return connected(options());
    }

    private Cell connected(CellOptions how) throws CellException {
        Cell cell = connect(how.withCaller("ann", List.of("ann"))
                .withTimeout(Duration.ofSeconds(20))
                .withCache(local.resolve("cache-" + connected.size())));
        connected.add(cell);
        return cell;
    }

    private void begin() {
        forgetCalls();
        commitsBefore = commitsSoFar();
    }

    private long commits() {
        return commitsSoFar() - commitsBefore;
    }

    private CellPath path(String names) {
        CellPath path = home();
        for (String name : names.split("/", -1)) {
            path = path.child(Name.of(name));
        }
        return path;
    }

    private void write(Cell cell, String path, String text) throws CellException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        cell.write(path(path), bytes, PutOptions.standard());
    }

    private String read(Cell cell, String path) throws CellException {
        return new String(cell.read(path(path), 1 << 20), StandardCharsets.UTF_8);
    }

    @Test
    void aWarmOpenStatAndListCostNothing() throws IOException {
        write(one, "d/e/f", "contents");
        read(two, "d/e/f");
        two.list(path("d/e"), entry -> {});
        begin();
        try (OpenFile file = two.open(path("d/e/f"), OpenRequest.read())) {
            assertThat(file.fromCache()).isTrue();
        }
        assertThat(read(two, "d/e/f")).isEqualTo("contents");
        assertThat(two.stat(path("d/e/f")).size()).isEqualTo(8);
        assertThat(two.stat(path("d/e")).isDirectory()).isTrue();
        two.list(path("d/e"), entry -> {});
        assertThat(waitedFor()).isEmpty();
    }

    @Test
    void aColdOpenOfASmallFileCostsOneHoweverDeep() throws CellException {
        write(one, "d/e/f", "contents");
        Cell cold = connect();
        cold.stat(home());
        begin();
        assertThat(read(cold, "d/e/f")).isEqualTo("contents");
        assertThat(waitedFor()).containsExactly("walk");
    }

    @Test
    void aWholeNewSmallFileCostsOneAndOneCommit() throws CellException {
        write(one, "d/e/new", "contents");
        assertThat(waitedFor()).containsExactly("create");
        assertThat(commits()).isEqualTo(1);
    }

    @Test
    void anOverwriteCostsTwoAndOneCommit() throws CellException {
        write(one, "d/e/f", "old");
        begin();
        write(one, "d/e/f", "new");
        assertThat(waitedFor()).containsExactly("acquire", "store");
        assertThat(commits()).isEqualTo(1);
    }

    @Test
    void anAppendCostsTwoAndOneCommit() throws IOException {
        write(one, "d/e/f", "old");
        read(one, "d/e/f");
        begin();
        try (OpenFile file = one.open(path("d/e/f"), OpenRequest.write().appending())) {
            file.channel().write(ByteBuffer.wrap(new byte[100]));
        }
        assertThat(waitedFor()).containsExactly("acquire", "store");
        assertThat(commits()).isEqualTo(1);
    }

    @Test
    void aLargeOverwriteCostsOneMore() throws IOException {
        byte[] contents = new byte[300_000];
        new Random(1).nextBytes(contents);
        one.write(path("d/e/f"), contents, PutOptions.standard());
        begin();
        contents[150_000]++;
        one.write(path("d/e/f"), contents, PutOptions.standard());
        assertThat(waitedFor()).containsExactly("acquire", "push-chunks", "store");
        assertThat(commits()).isEqualTo(1);
    }

    @Test
    void aSmallChangeSendsASmallPart() throws IOException {
        byte[] contents = new byte[20_000_000];
        new Random(2).nextBytes(contents);
        one.write(path("d/e/f"), contents, PutOptions.standard());
        long before = one.statistics().bytesSent();
        contents[10_000_000]++;
        one.write(path("d/e/f"), contents, PutOptions.standard());
        assertThat(one.statistics().bytesSent() - before).isLessThan(5_000_000);
    }

    @Test
    void aLockThatIsHandedOnCostsOneAndNoCommit() throws Exception {
        write(one, "d/e/f", "same");
        read(two, "d/e/f");
        CountDownLatch waiting = new CountDownLatch(1);
        OpenRequest patiently =
                OpenRequest.write().tellingWhenWaiting(holder -> waiting.countDown());
        OpenFile first = one.open(path("d/e/f"), OpenRequest.write());
        begin();
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            Future<OpenFile> second = other.submit(() -> two.open(path("d/e/f"), patiently));
            assertThat(waiting.await(20, TimeUnit.SECONDS)).isTrue();
            first.close();
            second.get().close();
        }
        // The first is refused, and says who holds it; the second is answered by the hand-over.
        assertThat(waitedFor()).containsExactly("acquire", "acquire");
        assertThat(commits()).isZero();
    }

    @Test
    void closingAnUnchangedFileStoresNothing() throws CellException {
        write(one, "d/e/f", "same");
        read(one, "d/e/f");
        begin();
        one.open(path("d/e/f"), OpenRequest.write()).close();
        assertThat(waitedFor()).containsExactly("acquire");
        assertThat(commits()).isZero();
    }

    @Test
    void aColdListOfNCostsOneForEachThousand() throws CellException {
        one.mkdir(path("big"), 0755);
        try (ExecutorService writers = Executors.newFixedThreadPool(16)) {
            for (int i = 0; i < 2500; i++) {
                String name = "big/f" + i;
                var unused = writers.submit(() -> {
                    write(one, name, "");
                    return name;
                });
            }
        }
        Cell cold = connect();
        cold.stat(path("big"));
        begin();
        cold.list(path("big"), entry -> {});
        assertThat(waitedFor()).containsExactly("list-entries", "list-entries", "list-entries");
    }

    @Test
    void aNamespaceChangeCostsOneAndOneCommit() throws CellException {
        write(one, "d/e/f", "x");
        begin();
        one.rename(path("d/e/f"), path("d/e/g"), Cell.RenameMode.REPLACE);
        one.mkdir(path("d/e/h"), 0755);
        one.remove(path("d/e/g"));
        assertThat(waitedFor()).containsExactly("rename", "create", "remove");
        assertThat(commits()).isEqualTo(3);
    }

    @Test
    void aConnectionForAFewCallsAsksForNoPromises() throws CellException {
        write(one, "d/e/f", "x");
        Cell once = connected(options().asOneShot());
        begin();
        assertThat(read(once, "d/e/f")).isEqualTo("x");
        assertThat(waitedFor()).containsExactly("walk");
        begin();
        write(two, "d/e/f", "y");
        assertThat(read(once, "d/e/f")).isEqualTo("y");
    }
}
