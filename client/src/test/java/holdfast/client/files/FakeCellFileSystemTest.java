package holdfast.client.files;

import holdfast.client.fake.FakeCell;
import holdfast.model.time.BootTicker;
import holdfast.model.time.WallClock;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The contract over the fake cell: the client's part, without sockets. */
class FakeCellFileSystemTest extends FileSystemContract {
    private final FakeCell cell = new FakeCell();

    @Override
    Cell connect(String user, Path cache) throws CellException {
        CellOptions options = CellOptions.at("directory.test:1")
                .withCaller(user, List.of(user))
                .withTimeout(Duration.ofSeconds(10))
                .withCache(cache);
        Surroundings surroundings = new Surroundings(
                cell.transport(),
                WallClock.system(),
                BootTicker.system(),
                Thread.ofVirtual().factory());
        return Cell.connect(options, surroundings);
    }
}
