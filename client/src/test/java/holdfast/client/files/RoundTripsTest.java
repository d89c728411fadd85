package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell.PutOptions;
import holdfast.model.path.CellPath;
import holdfast.wire.locking.LockingMethods;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/** What each operation may cost: the table in the design. */
class RoundTripsTest extends FakeCellTest {
    private Cell one = NoCell.INSTANCE;
    private Cell two = NoCell.INSTANCE;
    private long commits;

    @BeforeEach
    void warmUp() throws IOException {
        one = connect();
        two = connect();
        one.mkdir(path("/d"), 0755);
        one.mkdir(path("/d/e"), 0755);
        for (Cell cell : List.of(one, two)) {
            write(cell, "/d/e/warm-" + System.identityHashCode(cell), "x");
            OpenRequest create = OpenRequest.create();
            cell.open(path("/d/lock-" + System.identityHashCode(cell)), create).close();
        }
        begin();
    }

    private void begin() {
        fake.forgetCalls();
        commits = fake.group().commits();
    }

    /** The calls since {@link #begin}, without those that nobody waits for. */
    private List<String> waitedFor() {
        return fake.calls().stream()
                .filter(call -> call.method().kind() != LockingMethods.RELEASE.kind())
                .map(call -> call.method().name())
                .toList();
    }

    private long commits() {
        return fake.group().commits() - commits;
    }

    @Test
    void aWarmOpenStatAndListCostNothing() throws IOException {
        write(one, "/d/e/f", "contents");
        read(two, "/d/e/f");
        two.list(path("/d/e"), entry -> {});
        begin();
        try (OpenFile file = two.open(path("/d/e/f"), OpenRequest.read())) {
            assertThat(file.fromCache()).isTrue();
        }
        assertThat(read(two, "/d/e/f")).isEqualTo("contents");
        assertThat(two.stat(path("/d/e/f")).size()).isEqualTo(8);
        assertThat(two.stat(path("/d/e")).isDirectory()).isTrue();
        two.list(path("/d/e"), entry -> {});
        assertThat(waitedFor()).isEmpty();
    }

    @Test
    void aColdOpenOfASmallFileCostsOneHoweverDeep() throws CellException {
        write(one, "/d/e/f", "contents");
        Cell cold = connect();
        cold.stat(CellPath.ROOT);
        begin();
        assertThat(read(cold, "/d/e/f")).isEqualTo("contents");
        assertThat(waitedFor()).containsExactly("walk");
    }

    @Test
    void aWholeNewSmallFileCostsOneAndOneCommit() throws CellException {
        write(one, "/d/e/new", "contents");
        assertThat(waitedFor()).containsExactly("create");
        assertThat(commits()).isEqualTo(1);
    }

    @Test
    void anOverwriteCostsTwoAndOneCommit() throws CellException {
        write(one, "/d/e/f", "old");
        begin();
        write(one, "/d/e/f", "new");
        assertThat(waitedFor()).containsExactly("acquire", "store");
        assertThat(commits()).isEqualTo(1);
    }

    @Test
    void anAppendCostsTwoAndOneCommit() throws IOException {
        write(one, "/d/e/f", "old");
        read(one, "/d/e/f");
        begin();
        try (OpenFile file = one.open(path("/d/e/f"), OpenRequest.write().appending())) {
            file.channel().write(ByteBuffer.wrap(new byte[100]));
        }
        assertThat(waitedFor()).containsExactly("acquire", "store");
        assertThat(commits()).isEqualTo(1);
    }

    @Test
    void aLargeOverwriteCostsOneMore() throws IOException {
        byte[] contents = new byte[300_000];
        new Random(1).nextBytes(contents);
        one.write(path("/d/e/f"), contents, PutOptions.standard());
        begin();
        contents[150_000]++;
        one.write(path("/d/e/f"), contents, PutOptions.standard());
        assertThat(waitedFor()).containsExactly("acquire", "push-chunks", "store");
        assertThat(commits()).isEqualTo(1);
    }

    @Test
    void aSmallChangeSendsASmallPart() throws IOException {
        byte[] contents = new byte[20_000_000];
        new Random(2).nextBytes(contents);
        one.write(path("/d/e/f"), contents, PutOptions.standard());
        long before = one.statistics().bytesSent();
        contents[10_000_000]++;
        one.write(path("/d/e/f"), contents, PutOptions.standard());
        assertThat(one.statistics().bytesSent() - before).isLessThan(5_000_000);
    }

    @Test
    void closingAnUnchangedFileStoresNothing() throws CellException {
        write(one, "/d/e/f", "same");
        read(one, "/d/e/f");
        begin();
        one.open(path("/d/e/f"), OpenRequest.write()).close();
        assertThat(waitedFor()).containsExactly("acquire");
        assertThat(commits()).isZero();
    }

    @Test
    void aColdListOfNCostsOneForEachThousand() throws CellException {
        one.mkdir(path("/big"), 0755);
        for (int i = 0; i < 2500; i++) {
            write(one, "/big/f" + i, "");
        }
        Cell cold = connect();
        cold.stat(path("/big"));
        begin();
        cold.list(path("/big"), entry -> {});
        assertThat(waitedFor()).containsExactly("list-entries", "list-entries", "list-entries");
    }

    @Test
    void aNamespaceChangeCostsOneAndOneCommit() throws CellException {
        write(one, "/d/e/f", "x");
        begin();
        one.rename(path("/d/e/f"), path("/d/e/g"), Cell.RenameMode.REPLACE);
        one.mkdir(path("/d/e/h"), 0755);
        one.remove(path("/d/e/g"));
        assertThat(waitedFor()).containsExactly("rename", "create", "remove");
        assertThat(commits()).isEqualTo(3);
    }

    @Test
    void aConnectionForAFewCallsAsksForNoPromises() throws CellException {
        write(one, "/d/e/f", "x");
        Cell once = connect(CellOptions.at("directory.test:1").asOneShot());
        begin();
        assertThat(read(once, "/d/e/f")).isEqualTo("x");
        assertThat(waitedFor()).containsExactly("walk");
        begin();
        write(two, "/d/e/f", "y");
        assertThat(read(once, "/d/e/f")).isEqualTo("y");
    }
}
