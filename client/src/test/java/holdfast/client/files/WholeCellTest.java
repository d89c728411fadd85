package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.Cell.PutOptions;
import holdfast.client.testing.TestingCell;
import holdfast.client.testing.TestingServer;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.time.WallClock;
import holdfast.server.files.FileService;
import holdfast.testkit.fake.ClientNetwork;
import holdfast.testkit.fake.FaultyNetwork;
import holdfast.testkit.fake.FaultyNetwork.Direction;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.RegisterClient;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.TcpTransport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** What a whole cell stands: restarts, cut and corrupted connections, clients that fall silent. */
class WholeCellTest {
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration SESSION = Duration.ofSeconds(2);
    private static final TestingCell.Settings SHORT =
            new TestingCell.Settings(FileService.Settings.STANDARD.withLease(LEASE), SESSION);

    @TempDir
    Path folder;

    private Optional<TestingCell> cell = Optional.empty();
    private final List<Cell> connected = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        cell = Optional.of(TestingCell.start(folder.resolve("cell"), SHORT));
    }

    @AfterEach
    void stop() throws Exception {
        connected.forEach(Cell::close);
        cell().close();
    }

    private TestingCell cell() {
        return cell.orElseThrow();
    }

    private Cell connect(ClientNetwork network, Duration timeout) throws CellException {
        return connect(network, timeout, "cache-" + connected.size());
    }

    private Cell connect(ClientNetwork network, Duration timeout, String cache)
            throws CellException {
        CellOptions options = CellOptions.at(cell().address())
                .withCaller("ann", List.of("ann"))
                .withTimeout(timeout)
                .withCache(folder.resolve(cache));
        Surroundings on = new Surroundings(
                network,
                WallClock.system(),
                BootTicker.system(),
                Thread.ofVirtual().factory());
        Cell client = Cell.connect(options, on);
        connected.add(client);
        return client;
    }

    private Cell connect() throws CellException {
        return connect(new ClientNetwork(), Duration.ofSeconds(30));
    }

    private static CellPath path(String text) {
        return CellPath.parse(text);
    }

    private static void write(Cell cell, String path, String text) throws CellException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        cell.write(path(path), bytes, PutOptions.standard());
    }

    private static String read(Cell cell, String path) throws CellException {
        return new String(cell.read(path(path), 1 << 20), StandardCharsets.UTF_8);
    }

    private static void append(OpenFile file, String text) throws IOException {
        file.channel().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] noise(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    // ---- restarts ------------------------------------------------------------------------------

    @Test
    void serversRestartWhileWritersWorkAndNothingAcknowledgedIsLost() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Map<String, String> acknowledged = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Cell client = connect();
            String name = "/" + (i % 2 == 0 ? "home/" : "") + "w" + i;
            writers.add(CompletableFuture.runAsync(
                    () -> work(client, name, over, acknowledged), Thread.ofVirtual()::start));
        }
        for (TestingServer server : List.of(
                cell().filesOfRoot(),
                cell().locking(),
                cell().directory(),
                cell().filesOfHome(),
                cell().locking())) {
            int before = acknowledged.size();
            server.restart();
            await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.size() > before + 20);
        }
        over.set(true);
        for (CompletableFuture<Void> writer : writers) {
            writer.join();
        }
        Cell fresh = connect();
        for (Map.Entry<String, String> each : acknowledged.entrySet()) {
            assertThat(read(fresh, each.getKey())).isEqualTo(each.getValue());
        }
    }

    /** Writes new files, and one file again and again under its lock. */
    private static void work(
            Cell client, String name, AtomicBoolean over, Map<String, String> acknowledged) {
        try {
            for (int i = 0; !over.get(); i++) {
                write(client, name + "-" + i, "text " + i);
                acknowledged.put(name + "-" + i, "text " + i);
                write(client, name, "version " + i);
                acknowledged.put(name, "version " + i);
            }
        } catch (CellException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void aHeldLockOutlivesARestartOfTheLockingServer() throws Exception {
        Cell one = connect();
        Cell two = connect();
        write(one, "/f", "0");
        OpenFile held = one.open(path("/f"), OpenRequest.write().appending());
        CompletableFuture<OpenFile> waiting = openWaiting(two, "/f");
        cell().locking().restart();
        append(held, "1");
        held.close();
        try (OpenFile file = waiting.join()) {
            append(file, "2");
        }
        assertThat(read(one, "/f")).isEqualTo("012");
    }

    /** Returns once it is known to wait. */
    private static CompletableFuture<OpenFile> openWaiting(Cell cell, String path) {
        CompletableFuture<Void> waits = new CompletableFuture<>();
        CompletableFuture<OpenFile> opened = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return cell.open(
                                path(path),
                                OpenRequest.write()
                                        .appending()
                                        .tellingWhenWaiting(h -> waits.complete(null)));
                    } catch (CellException e) {
                        throw new CompletionException(e);
                    }
                },
                Thread.ofVirtual()::start);
        CompletableFuture.anyOf(waits, opened).join();
        return opened;
    }

    @Test
    void whatIsCachedIsUsedAgainAfterARestartOfItsServer() throws Exception {
        Cell one = connect();
        Cell two = connect();
        write(one, "/f", "kept");
        read(two, "/f");
        cell().filesOfRoot().restart();
        assertThat(read(two, "/f")).isEqualTo("kept");
        write(one, "/f", "changed");
        assertThat(read(two, "/f")).isEqualTo("changed");
    }

    @Test
    void aCellThatIsNotThereYetIsWaitedFor() throws Exception {
        cell().directory().stop();
        CompletableFuture<Cell> connecting = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return connect();
                    } catch (CellException e) {
                        throw new CompletionException(e);
                    }
                },
                Thread.ofVirtual()::start);
        assertThat(connecting).isNotDone();
        cell().directory().restart();
        assertThat(connecting.join().stat(CellPath.ROOT).isDirectory()).isTrue();
    }

    @Test
    void aWrongAddressIsNamedInTheError() throws Exception {
        cell().directory().stop();
        assertThatThrownBy(() -> connect(new ClientNetwork(), Duration.ofMillis(500)))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("directory server 127.0.0.1:");
    }

    // ---- clients that fall silent --------------------------------------------------------------

    @Test
    void aWriterCutOffForLongerThanItsSessionIsRefused() throws Exception {
        ClientNetwork network = new ClientNetwork();
        Cell one = connect(network, Duration.ofSeconds(5));
        Cell two = connect();
        write(two, "/f", "old");
        OpenFile held = one.open(path("/f"), OpenRequest.write().appending());
        append(held, " lost");
        CompletableFuture<OpenFile> waiting = openWaiting(two, "/f");
        network.to(cell().locking().address()).partition();
        try (OpenFile file = waiting.join()) {
            append(file, " new");
        }
        network.to(cell().locking().address()).heal();
        assertThatThrownBy(held::close)
                .isInstanceOfSatisfying(
                        CellException.class,
                        e -> assertThat(e.code())
                                .isIn(FailureCode.SESSION_ENDED, FailureCode.FENCED));
        assertThat(read(one, "/f")).isEqualTo("old new");
        assertThat(one.recovery().list())
                .singleElement()
                .satisfies(kept ->
                        assertThat(kept.state()).isEqualTo(Cell.Recovery.Kept.State.CONFLICT));
    }

    @Test
    void aKilledClientsLocksAreFreeWhenItsSessionHasRunOut() throws Exception {
        ClientNetwork network = new ClientNetwork();
        Cell one = connect(network, Duration.ofSeconds(1));
        Cell two = connect();
        write(two, "/f", "x");
        OpenFile held = one.open(path("/f"), OpenRequest.write());
        assertThat(held.path()).exists();
        CompletableFuture<OpenFile> waiting = openWaiting(two, "/f");
        network.kill();
        waiting.join().close();
    }

    @Test
    void aClientCutOffFromItsServerUsesNothingCachedAfterItsLease() throws Exception {
        ClientNetwork network = new ClientNetwork();
        Cell one = connect();
        Cell two = connect(network, Duration.ofSeconds(1));
        write(one, "/f", "old");
        assertThat(read(two, "/f")).isEqualTo("old");
        network.to(cell().filesOfRoot().address()).partition();
        long began = System.nanoTime();
        write(one, "/f", "new");
        Duration waited = Duration.ofNanos(System.nanoTime() - began);
        assertThat(waited).isLessThan(LEASE.multipliedBy(3));
        assertThatThrownBy(() -> read(two, "/f")).isInstanceOf(CellException.class);
        network.to(cell().filesOfRoot().address()).heal();
        network.to(cell().filesOfRoot().address()).cutAll();
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(read(two, "/f")).isEqualTo("new"));
    }

    @Test
    void aSilentClientCostsOthersOneLeaseOnce() throws Exception {
        ClientNetwork network = new ClientNetwork();
        Cell one = connect();
        Cell two = connect(network, Duration.ofSeconds(1));
        write(one, "/f", "1");
        read(two, "/f");
        network.to(cell().filesOfRoot().address()).partition();
        write(one, "/f", "2");
        long began = System.nanoTime();
        write(one, "/f", "3");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LEASE);
    }

    // ---- connections that fail -----------------------------------------------------------------

    @Test
    void aStoreCutShortIsSentAgain() throws Exception {
        ClientNetwork network = new ClientNetwork();
        Cell one = connect(network, Duration.ofSeconds(30));
        Cell two = connect();
        one.stat(path("/"));
        FaultyNetwork way = network.to(cell().filesOfRoot().address());
        for (int i = 0; i < 5; i++) {
            way.cutAfter(Direction.TO_SERVER, 200_000L * (i + 1));
            byte[] contents = noise(3_000_000, i);
            one.write(path("/f"), contents, PutOptions.standard());
            assertThat(two.read(path("/f"), 1 << 22)).isEqualTo(contents);
        }
    }

    @Test
    void lostAnswersAreAskedForAgain() throws Exception {
        ClientNetwork network = new ClientNetwork();
        Cell one = connect(network, Duration.ofSeconds(30));
        Cell two = connect();
        write(one, "/f", "start");
        FaultyNetwork way = network.to(cell().filesOfRoot().address());
        for (int i = 0; i < 10; i++) {
            way.cutAfter(Direction.TO_CLIENT, i * 7L);
            write(one, "/f", "round " + i);
            assertThat(read(two, "/f")).isEqualTo("round " + i);
        }
        assertThat(two.stat(path("/f")).dataVersion()).isEqualTo(11);
    }

    @Test
    void aFetchCutShortOrCorruptedIsNeverWrong() throws Exception {
        ClientNetwork network = new ClientNetwork();
        Cell one = connect();
        Cell two = connect(network, Duration.ofSeconds(30));
        two.stat(path("/"));
        FaultyNetwork way = network.to(cell().filesOfRoot().address());
        for (int i = 0; i < 6; i++) {
            byte[] contents = noise(2_000_000, 100 + i);
            one.write(path("/f"), contents, PutOptions.standard());
            if (i % 2 == 0) {
                way.cutAfter(Direction.TO_CLIENT, 300_000L * (i + 1));
            } else {
                way.corrupt(Direction.TO_CLIENT, 300_000L * i);
            }
            assertThat(two.read(path("/f"), 1 << 22)).isEqualTo(contents);
        }
    }

    // ---- clients that lie ----------------------------------------------------------------------

    @Test
    void aStoreWithoutALockIsRefused() throws Exception {
        Cell one = connect();
        write(one, "/f", "mine");
        Stat stat = one.stat(path("/f"));
        Caller caller = Caller.newBuilder().setUser("ann").addGroups("ann").build();
        try (TcpTransport transport = new TcpTransport()) {
            Deadline soon = Deadline.in(Duration.ofSeconds(10), BootTicker.system());
            RequestHeader header = RequestHeader.newBuilder().setCaller(caller).build();
            long client = transport
                    .call(
                            cell().filesOfRoot().address(),
                            FileMethods.REGISTER_CLIENT,
                            header,
                            RegisterClient.getDefaultInstance(),
                            soon)
                    .message()
                    .getClient();
            Token forged = Token.newBuilder()
                    .setFile(stat.file().value())
                    .setMode(LockMode.EXCLUSIVE)
                    .setEpoch(System.currentTimeMillis() + 1_000_000)
                    .setNumber(1)
                    .setSession(1)
                    .build();
            Store store = Store.newBuilder()
                    .setFile(stat.file().value())
                    .setBaseVersion(stat.dataVersion())
                    .setToken(forged)
                    .setContents(Contents.newBuilder())
                    .build();
            RequestHeader numbered = header.toBuilder()
                    .setClient(client)
                    .setRequest(1)
                    .setLowestOpen(1)
                    .build();
            assertThatThrownBy(() -> transport.call(
                            cell().filesOfRoot().address(),
                            FileMethods.STORE,
                            numbered,
                            store,
                            soon))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.FENCED));
        }
        assertThat(read(one, "/f")).isEqualTo("mine");
    }

    // ---- recovery ------------------------------------------------------------------------------

    @Test
    void aRenamedFileWhoseStoreFailedIsSentUnderItsNewNameAfterARestart() throws Exception {
        ClientNetwork network = new ClientNetwork();
        Cell one = connect(network, Duration.ofSeconds(1), "cache-of-one");
        OpenFile file = one.open(path("/new"), OpenRequest.createNew());
        append(file, "precious");
        one.rename(path("/new"), path("/renamed"), Cell.RenameMode.REPLACE);
        network.to(cell().filesOfRoot().address()).partition();
        assertThatThrownBy(file::close).isInstanceOf(CellException.class);
        one.close();
        Cell again = connect(new ClientNetwork(), Duration.ofSeconds(30), "cache-of-one");
        List<Cell.Recovery.Kept> kept = again.recovery().list();
        assertThat(kept).hasSize(1);
        again.recovery().send(kept.getFirst().id(), false);
        assertThat(read(again, "/renamed")).isEqualTo("precious");
        assertThat(again.recovery().list()).isEmpty();
    }
}
