package holdfast.client.files;

import holdfast.client.testing.TestingCell;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The contract over a whole cell on the loopback network. */
class TestingCellFileSystemTest extends FileSystemContract {
    private static final AtomicInteger TESTS = new AtomicInteger();
    private static Optional<TestingCell> cell = Optional.empty();

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        cell = Optional.of(TestingCell.start(folder, TestingCell.Settings.STANDARD));
    }

    @AfterAll
    static void stop() throws Exception {
        if (cell.isPresent()) {
            cell.get().close();
        }
    }

    @Override
    Cell connect(String user, Path cache) throws CellException {
        return Cell.connect(CellOptions.at(cell.orElseThrow().address())
                .withCaller(user, List.of(user))
                .withTimeout(Duration.ofSeconds(20))
                .withCache(cache));
    }

    @Override
    CellPath homePath() {
        return CellPath.ROOT.child(Name.of("test-" + TESTS.incrementAndGet()));
    }
}
