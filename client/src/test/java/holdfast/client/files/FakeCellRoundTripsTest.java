package holdfast.client.files;

import holdfast.client.fake.FakeCell;
import holdfast.model.time.BootTicker;
import holdfast.model.time.WallClock;
import holdfast.wire.locking.LockingMethods;

import java.util.List;

/** What the client asks of a fake cell. */
class FakeCellRoundTripsTest extends RoundTripsContract {
    private final FakeCell fake = new FakeCell();

    @Override
    CellOptions options() {
        return CellOptions.at("directory.test:1");
    }

    @Override
    Cell connect(CellOptions options) throws CellException {
        Surroundings surroundings = new Surroundings(
                fake.transport(),
                WallClock.system(),
                BootTicker.system(),
                Thread.ofVirtual().factory());
        return Cell.connect(options, surroundings);
    }

    @Override
    List<String> waitedFor() {
        return fake.calls().stream()
                .filter(call -> call.method().kind() != LockingMethods.RELEASE.kind())
                .map(call -> call.method().name())
                .toList();
    }

    @Override
    void forgetCalls() {
        fake.forgetCalls();
    }

    @Override
    long commitsSoFar() {
        return fake.group().commits();
    }
}
