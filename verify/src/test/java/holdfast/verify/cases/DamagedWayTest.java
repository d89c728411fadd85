package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.Surroundings;
import holdfast.model.path.CellPath;
import holdfast.testkit.fake.ClientNetwork;
import holdfast.testkit.fake.FaultyNetwork;
import holdfast.testkit.fake.FaultyNetwork.Direction;
import holdfast.verify.processes.Members;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.Random;

/**
 * Requests and answers of stores and fetches that are cut short or carry wrong bytes: nobody is
 * given them, nothing of them is committed, and they are sent again.
 */
@ExtendWith(SharedCell.class)
@Members(3)
class DamagedWayTest {
    private static final int SIZE = 3_000_000;
    private static final CellPath PATH = CellPath.parse("/home/damaged");

    /** From an empty request's head to far into the bulk. */
    private static final long[] OFFSETS = {
        0, 2, 4, 11, 15, 23, 30, 40, 700, 20_000, 400_000, 1_500_000
    };

    private static byte[] noise(int seed) {
        byte[] bytes = new byte[SIZE];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void eachIsStored(ProcessCell cell, String name, Damage damage)
            throws Exception {
        CellPath path = CellPath.parse(PATH + name);
        try (ClientNetwork ways = new ClientNetwork();
                Cell writer = Cell.connect(cell.options("cache-writer" + name), on(ways));
                Cell reader = cell.connect("cache-reader" + name)) {
            writer.write(path, noise(-1), PutOptions.standard());
            for (int i = 0; i < OFFSETS.length; i++) {
                long offset = OFFSETS[i];
                ways.all().forEach(way -> damage.on(way, offset));
                byte[] contents = noise(i);
                writer.write(path, contents, PutOptions.standard());
                assertThat(reader.read(path, SIZE)).isEqualTo(contents);
                assertThat(reader.stat(path).dataVersion()).isEqualTo(i + 2);
                ways.all().forEach(FaultyNetwork::heal);
            }
        }
    }

    @FunctionalInterface
    private interface Damage {
        void on(FaultyNetwork way, long offset);
    }

    @Test
    void aStoreThatIsCutShortIsSentAgain(ProcessCell cell) throws Exception {
        eachIsStored(cell, "-cut", (way, at) -> way.cutAfter(Direction.TO_SERVER, at));
    }

    @Test
    void aStoreThatArrivesWithAWrongByteIsSentAgain(ProcessCell cell) throws Exception {
        eachIsStored(cell, "-changed", (way, at) -> way.corrupt(Direction.TO_SERVER, at));
    }

    @Test
    void aStoreWhoseAnswerIsCutShortIsDoneOnce(ProcessCell cell) throws Exception {
        eachIsStored(cell, "-lost", (way, at) -> way.cutAfter(Direction.TO_CLIENT, at % 97));
    }

    @Test
    void aStoreWhoseAnswerHasAWrongByteIsDoneOnce(ProcessCell cell) throws Exception {
        eachIsStored(cell, "-mangled", (way, at) -> way.corrupt(Direction.TO_CLIENT, at % 97));
    }

    @Test
    void whatIsFetchedIsNeverWrong(ProcessCell cell) throws Exception {
        CellPath path = CellPath.parse(PATH + "-fetched");
        try (ClientNetwork ways = new ClientNetwork();
                Cell writer = cell.connect("cache-sender");
                Cell reader = Cell.connect(cell.options("cache-fetcher"), on(ways))) {
            for (int i = 0; i < OFFSETS.length; i++) {
                byte[] contents = noise(100 + i);
                writer.write(path, contents, PutOptions.standard());
                long offset = OFFSETS[i];
                boolean cut = i % 2 == 0;
                ways.all().forEach(way -> {
                    if (cut) {
                        way.cutAfter(Direction.TO_CLIENT, offset);
                    } else {
                        way.corrupt(Direction.TO_CLIENT, offset);
                    }
                });
                assertThat(reader.read(path, SIZE)).isEqualTo(contents);
                ways.all().forEach(FaultyNetwork::heal);
            }
        }
    }

    private static Surroundings on(ClientNetwork network) {
        Surroundings usual = Surroundings.standard();
        return new Surroundings(network, usual.wallClock(), usual.ticker(), usual.threads());
    }
}
