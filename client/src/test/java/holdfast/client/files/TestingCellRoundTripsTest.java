package holdfast.client.files;

import holdfast.client.testing.CountedNetwork;
import holdfast.client.testing.TestingCell;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.BootTicker;
import holdfast.model.time.WallClock;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** What the client asks of real servers, and what these commit for it. */
class TestingCellRoundTripsTest extends RoundTripsContract {
    private static final AtomicInteger TESTS = new AtomicInteger();
    private static Optional<TestingCell> cell = Optional.empty();

    private final CellPath home = CellPath.ROOT.child(Name.of("test-" + TESTS.incrementAndGet()));
    private final Queue<String> calls = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        cell = Optional.of(TestingCell.start(folder, TestingCell.Settings.STANDARD));
    }

    @AfterAll
    static void stop() throws Exception {
        cell.orElseThrow().close();
    }

    @Override
    CellOptions options() {
        return CellOptions.at(cell.orElseThrow().address());
    }

    @Override
    Cell connect(CellOptions options) throws CellException {
        Surroundings surroundings = new Surroundings(
                new CountedNetwork(calls::add),
                WallClock.system(),
                BootTicker.system(),
                Thread.ofVirtual().factory());
        return Cell.connect(options, surroundings);
    }

    @Override
    CellPath home() {
        return home;
    }

    @Override
    List<String> waitedFor() {
        return List.copyOf(calls);
    }

    @Override
    void forgetCalls() {
        calls.clear();
    }

    @Override
    long commitsSoFar() {
        return cell.orElseThrow().commits();
    }
}
