package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.Cell.Administration;
import holdfast.client.files.Cell.Administration.VolumeInfo;
import holdfast.client.files.Cell.Administration.Where;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.testing.TestingCell;
import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** Volumes of a whole cell come, and go only when they are empty. */
final class VolumesTest {
    private static final int RACES = 20;
    private static final AtomicInteger CACHES = new AtomicInteger();
    private static final byte[] BYTES = {1, 2, 3};

    @TempDir
    static Path folder;

    private static Optional<TestingCell> cell = Optional.empty();

    @BeforeAll
    static void start() throws Exception {
        cell = Optional.of(
                TestingCell.start(folder.resolve("cell"), TestingCell.Settings.STANDARD));
    }

    @AfterAll
    static void stop() throws Exception {
        cell.orElseThrow().close();
    }

    private static Cell connect() throws CellException {
        return Cell.connect(options());
    }

    private static CellOptions options() {
        return CellOptions.at(cell.orElseThrow().address())
                .withCache(folder.resolve("cache-" + CACHES.incrementAndGet()));
    }

    private static CellPath path(String text) {
        return CellPath.parse(text);
    }

    /** Makes a volume; its root. */
    private static FileId create(Cell client, String at) throws CellException {
        return FileId.rootOf(client.administration()
                .createVolume(path(at), Where.ANYWHERE, 0)
                .number());
    }

    private static List<String> mounted(Cell client) throws CellException {
        return client.administration().volumes().stream()
                .map(VolumeInfo::path)
                .map(CellPath::toString)
                .toList();
    }

    private static void assertRefused(FailureCode code, Change change) {
        assertThatThrownBy(change::make)
                .isInstanceOfSatisfying(
                        CellException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private interface Change {
        void make() throws CellException;
    }

    @Test
    void aVolumeThatHoldsAFileIsRemovedOnlyWhenToldSo() throws CellException {
        try (Cell client = connect()) {
            create(client, "/media");
            client.write(path("/media/file"), BYTES, PutOptions.standard());
            Administration admin = client.administration();
            assertRefused(FailureCode.NOT_EMPTY, () -> admin.removeVolume(path("/media"), false));
            assertThat(client.read(path("/media/file"), 10)).isEqualTo(BYTES);
            admin.removeVolume(path("/media"), true);
            assertThat(mounted(client)).doesNotContain("/media");
        }
    }

    @Test
    void anEmptyOneIsRemovedAndAnotherMayTakeItsPlace() throws CellException {
        try (Cell client = connect()) {
            create(client, "/music");
            client.write(path("/music/file"), BYTES, PutOptions.standard());
            client.remove(path("/music/file"));
            client.administration().removeVolume(path("/music"), false);
            assertThat(mounted(client)).doesNotContain("/music");
            create(client, "/music");
            client.write(path("/music/other"), BYTES, PutOptions.standard());
            assertRefused(FailureCode.NOT_FOUND, () -> client.read(path("/music/file"), 10));
        }
    }

    @Test
    void oneInWhichAnotherIsMountedStays() throws CellException {
        try (Cell client = connect()) {
            create(client, "/nested");
            create(client, "/nested/films");
            for (boolean evenIfNotEmpty : List.of(false, true)) {
                assertRefused(
                        FailureCode.BUSY,
                        () -> client.administration()
                                .removeVolume(path("/nested"), evenIfNotEmpty));
            }
            assertThat(mounted(client)).contains("/nested", "/nested/films");
        }
    }

    @Test
    void onlyAdministratorsRemoveVolumesAndNothingIsRetiredBefore() throws CellException {
        CellOptions anna = options().withCaller("anna", List.of("anna"));
        try (Cell client = connect();
                Cell other = Cell.connect(anna)) {
            create(client, "/guarded");
            for (boolean evenIfNotEmpty : List.of(false, true)) {
                assertRefused(
                        FailureCode.DENIED,
                        () -> other.administration()
                                .removeVolume(path("/guarded"), evenIfNotEmpty));
            }
            client.write(path("/guarded/file"), BYTES, PutOptions.standard());
        }
    }

    /** Either the file is there first and the volume stays, or it goes and the file is refused. */
    @Test
    void noFileIsLostThatIsWrittenWhileItsVolumeIsRemoved() throws Exception {
        try (Cell remover = connect();
                Cell writer = connect()) {
            List<FileId> roots = new ArrayList<>();
            for (int i = 0; i < RACES; i++) {
                roots.add(create(remover, "/race-" + i));
            }
            for (int i = 0; i < RACES; i++) {
                CellPath at = path("/race-" + i);
                FileId root = roots.get(i);
                await().ignoreExceptions().until(() -> writer.stat(at).file().equals(root));
                race(remover, writer, at);
            }
        }
    }

    private static void race(Cell remover, Cell writer, CellPath at) throws Exception {
        CellPath file = path(at + "/file");
        CountDownLatch together = new CountDownLatch(2);
        FutureTask<Optional<CellException>> writing = new FutureTask<>(() -> {
            together.countDown();
            together.await();
            return failure(() -> writer.write(file, BYTES, PutOptions.standard()));
        });
        Thread.ofPlatform().start(writing);
        together.countDown();
        together.await();
        Optional<CellException> kept =
                failure(() -> remover.administration().removeVolume(at, false));
        Optional<CellException> notWritten = writing.get();
        if (kept.isPresent()) {
            assertThat(kept.get().code()).isEqualTo(FailureCode.NOT_EMPTY);
            assertThat(notWritten).isEmpty();
        }
        if (notWritten.isEmpty()) {
            // Written after the removal, it is in the volume above.
            assertThat(remover.read(file, 10)).isEqualTo(BYTES);
        }
    }

    private static Optional<CellException> failure(Change change) {
        return Optional.ofNullable(catchThrowableOfType(CellException.class, change::make));
    }
}
