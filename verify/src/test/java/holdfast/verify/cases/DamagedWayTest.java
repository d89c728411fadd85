package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.Surroundings;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.testkit.fake.FaultyNetwork;
import holdfast.testkit.fake.FaultyNetwork.Direction;
import holdfast.verify.processes.Members;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

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
        try (Ways ways = new Ways();
                Cell writer = Cell.connect(cell.options("cache-writer" + name), ways.on());
                Cell reader = cell.connect("cache-reader" + name)) {
            writer.write(path, noise(-1), PutOptions.standard());
            for (int i = 0; i < OFFSETS.length; i++) {
                long offset = OFFSETS[i];
                ways.each(way -> damage.on(way, offset));
                byte[] contents = noise(i);
                writer.write(path, contents, PutOptions.standard());
                assertThat(reader.read(path, SIZE)).isEqualTo(contents);
                assertThat(reader.stat(path).dataVersion()).isEqualTo(i + 2);
                ways.each(FaultyNetwork::heal);
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
        try (Ways ways = new Ways();
                Cell writer = cell.connect("cache-sender");
                Cell reader = Cell.connect(cell.options("cache-fetcher"), ways.on())) {
            for (int i = 0; i < OFFSETS.length; i++) {
                byte[] contents = noise(100 + i);
                writer.write(path, contents, PutOptions.standard());
                long offset = OFFSETS[i];
                boolean cut = i % 2 == 0;
                ways.each(way -> {
                    if (cut) {
                        way.cutAfter(Direction.TO_CLIENT, offset);
                    } else {
                        way.corrupt(Direction.TO_CLIENT, offset);
                    }
                });
                assertThat(reader.read(path, SIZE)).isEqualTo(contents);
                ways.each(FaultyNetwork::heal);
            }
        }
    }

    /** A client's ways to all servers. */
    private static final class Ways implements Transport {
        private final TcpTransport tcp = new TcpTransport();
        private final Map<Address, FaultyNetwork> ways = new ConcurrentHashMap<>();

        Surroundings on() {
            Surroundings usual = Surroundings.standard();
            return new Surroundings(this, usual.wallClock(), usual.ticker(), usual.threads());
        }

        void each(Consumer<FaultyNetwork> done) {
            ways.values().forEach(done);
        }

        private Address to(Address server) {
            return ways.computeIfAbsent(server, FaultyNetwork::to).address();
        }

        @Override
        public <Q extends Message, A extends Message> Answered<A> call(
                Address server,
                Method<Q, A> method,
                RequestHeader header,
                Q request,
                Bulk.Source out,
                Bulk.Sink in,
                Deadline deadline) {
            return tcp.call(to(server), method, header, request, out, in, deadline);
        }

        @Override
        public Channel<FromClient, FromServer> openCallbacks(
                Address server, RequestHeader header, Deadline deadline) {
            return tcp.openCallbacks(to(server), header, deadline);
        }

        @Override
        public void close() {
            tcp.close();
            each(FaultyNetwork::close);
        }
    }
}
