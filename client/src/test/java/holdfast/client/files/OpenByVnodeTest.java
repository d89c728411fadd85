package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.VnodeAccess.Ref;
import holdfast.client.testing.TestingCell;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

/** What only a mount asks of open files: copied ranges, holes, no lock, no name. */
class OpenByVnodeTest {
    private static final int BYTES = 5_000_000;

    private static TestingCell cell;
    private static Cell one;
    private static Cell two;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        cell = TestingCell.start(folder.resolve("cell"), TestingCell.Settings.STANDARD);
        one = connected(folder.resolve("one"));
        two = connected(folder.resolve("two"));
    }

    private static Cell connected(Path cache) throws CellException {
        return Cell.connect(CellOptions.at(cell.address()).withCache(cache));
    }

    @AfterAll
    static void stop() throws Exception {
        one.close();
        two.close();
        cell.close();
    }

    private static CellPath path(String name) {
        return CellPath.ROOT.child(Name.of(name));
    }

    private static Ref ref(Cell by, String name) throws CellException {
        return new Ref(by.stat(path(name)).file(), path(name));
    }

    private static Ref root() throws CellException {
        return new Ref(one.vnodes().root().stat().file(), CellPath.ROOT);
    }

    private static byte[] random(int seed) {
        byte[] contents = new byte[BYTES];
        new Random(seed).nextBytes(contents);
        return contents;
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static OpenFile made(String name) throws CellException {
        return one.vnodes().create(root(), Name.of(name), OpenRequest.createNew());
    }

    private static void copyAll(OpenFile from, OpenFile to) throws CellException {
        long done = 0;
        while (done < BYTES) {
            from.await(done, BYTES - done);
            done += to.copyFrom(from, done, done, BYTES - done);
        }
        assertThat(to.copyFrom(from, done, done, 1)).isZero();
    }

    @Test
    void whatIsCopiedFromAnotherFileIsNotSent() throws IOException {
        byte[] contents = random(1);
        two.write(path("copied"), contents, PutOptions.standard());
        long before = one.statistics().bytesSent();
        try (OpenFile from = one.vnodes().open(ref(one, "copied"), OpenRequest.read());
                OpenFile to = made("copy")) {
            copyAll(from, to);
        }
        assertThat(one.statistics().bytesSent()).isEqualTo(before);
        assertThat(two.read(path("copy"), 2 * BYTES)).isEqualTo(contents);
    }

    @Test
    void whatIsCopiedFromAnotherServersFileIsSent() throws IOException {
        byte[] contents = random(2);
        CellPath source = path("home").child(Name.of("source"));
        two.write(source, contents, PutOptions.standard());
        long before = one.statistics().bytesSent();
        Ref there = new Ref(one.stat(source).file(), source);
        try (OpenFile from = one.vnodes().open(there, OpenRequest.read());
                OpenFile to = made("from-afar")) {
            copyAll(from, to);
        }
        assertThat(one.statistics().bytesSent() - before).isEqualTo(BYTES);
        assertThat(two.read(path("from-afar"), 2 * BYTES)).isEqualTo(contents);
    }

    @Test
    void holesAreFoundWhileAFileIsWrittenAndWhenItIsRead() throws IOException {
        try (OpenFile file = made("holes")) {
            file.channel().write(text("data"), 1 << 20);
            file.extend(3 << 20);
            hasItsDataInTheMiddle(file);
            file.zero(1 << 20, 1 << 20);
            assertThat(file.nextData(0)).isEmpty();
            file.channel().write(text("data"), 1 << 20);
        }
        try (OpenFile file = one.vnodes().open(ref(one, "holes"), OpenRequest.read())) {
            hasItsDataInTheMiddle(file);
        }
    }

    private static void hasItsDataInTheMiddle(OpenFile file) throws IOException {
        assertThat(file.channel().size()).isEqualTo(3 << 20);
        assertThat(file.nextData(0)).hasValue(1 << 20);
        assertThat(file.nextHole(1 << 20)).isLessThan(2 << 20);
        assertThat(file.nextData(2 << 20)).isEmpty();
        assertThat(file.nextHole(2 << 20)).isEqualTo(2 << 20);
    }

    @Test
    void ofTwoWritersWithoutALockTheSecondIsRefusedAndItsWorkKept() throws IOException {
        one.write(path("shared"), "base".getBytes(StandardCharsets.UTF_8), PutOptions.standard());
        OpenFile first = one.vnodes().openUnlocked(ref(one, "shared"), OpenRequest.write());
        OpenFile second = two.vnodes().openUnlocked(ref(two, "shared"), OpenRequest.write());
        second.channel().write(text("second"), 0);
        first.channel().write(text("first"), 0);
        first.close();
        assertThatThrownBy(second::close)
                .isInstanceOfSatisfying(
                        CellException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.STALE));
        assertThat(two.read(path("shared"), 2 * BYTES)).asString().isEqualTo("first");
        assertThat(two.recovery().list()).hasSize(1);
    }

    @Test
    void aFileWithoutANameIsMadeWithItsContentsWhenItGetsOne(@TempDir Path cache)
            throws IOException {
        OpenRequest how = OpenRequest.create().withMode(0640);
        try (Cell fresh = connected(cache);
                OpenFile file = fresh.vnodes().createUnnamed(root(), how)) {
            VnodeAccess vnodes = fresh.vnodes();
            file.channel().write(text("unnamed"), 0);
            assertThat(file.stat().links()).isZero();
            one.write(path("taken"), new byte[1], PutOptions.standard());
            assertThatThrownBy(() -> vnodes.name(file, root(), Name.of("taken"), how))
                    .isInstanceOfSatisfying(
                            CellException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.ALREADY_EXISTS));
            Stat made = vnodes.name(file, root(), Name.of("named"), how).stat();
            assertThat(made.mode()).isEqualTo(0640);
            assertThat(two.read(path("named"), 2 * BYTES)).asString().isEqualTo("unnamed");
            file.channel().write(text("renamed"), 0);
        }
        assertThat(two.read(path("named"), 2 * BYTES)).asString().isEqualTo("renamed");
    }

    @Test
    void nothingIsLeftOfAFileThatNeverGotAName() throws IOException {
        OpenFile file = one.vnodes().createUnnamed(root(), OpenRequest.create());
        file.channel().write(text("lost"), 0);
        file.close();
        assertThat(one.recovery().list()).isEmpty();
    }
}
