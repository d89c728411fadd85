package holdfast.client.files;

import holdfast.client.fake.FakeCell;
import holdfast.model.path.CellPath;
import holdfast.model.time.BootTicker;
import holdfast.model.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Clients of a fake cell, for tests that count, hold back or lose messages. */
abstract class FakeCellTest {
    @TempDir
    Path local;

    final FakeCell fake = new FakeCell();
    private final List<Cell> connected = new ArrayList<>();

    final Cell connect() throws CellException {
        return connect(CellOptions.at("directory.test:1"));
    }

    final Cell connect(CellOptions options) throws CellException {
        return connect(options, "ann");
    }

    /** A client of {@code user}. */
    final Cell connect(String user) throws CellException {
        return connect(CellOptions.at("directory.test:1"), user);
    }

    private Cell connect(CellOptions options, String user) throws CellException {
        CellOptions complete = options.withCaller(user, List.of(user))
                .withTimeout(Duration.ofSeconds(5))
                .withCache(local.resolve("cache-" + connected.size()));
        Surroundings surroundings = new Surroundings(
                fake.transport(),
                WallClock.system(),
                BootTicker.system(),
                Thread.ofVirtual().factory());
        Cell cell = Cell.connect(complete, surroundings);
        connected.add(cell);
        return cell;
    }

    @AfterEach
    final void closeAll() {
        connected.forEach(Cell::close);
    }

    static CellPath path(String text) {
        return CellPath.parse(text);
    }

    static Stat write(Cell cell, String path, String text) throws CellException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return cell.write(path(path), bytes, Cell.PutOptions.standard());
    }

    static String read(Cell cell, String path) throws CellException {
        return new String(cell.read(path(path), 1 << 20), StandardCharsets.UTF_8);
    }
}
