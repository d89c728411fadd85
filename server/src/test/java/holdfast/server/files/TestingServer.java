package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.Deadline;
import holdfast.server.callback.CallbackSettings;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.chunk.DiskChunkStore;
import holdfast.server.security.Administrators;
import holdfast.server.table.MemoryTable;
import holdfast.server.volume.VolumeReader;
import holdfast.server.volume.VolumeState;
import holdfast.testkit.fake.ManualClock;
import holdfast.testkit.fake.ManualTicker;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.Token;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpServer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A file server with time that stands still, a log in memory and chunks in a folder. */
final class TestingServer implements AutoCloseable {
    static final int VOLUME = 1;
    static final FileService.Settings SETTINGS = FileService.Settings.STANDARD;

    final ManualTicker ticker = new ManualTicker();
    final ManualClock clock = new ManualClock();
    final VolumeState state;
    final ScriptedLog log;
    final ChunkStore chunks;
    final FileService service;
    final TokenSeal seal = new TokenSeal(new byte[TokenSeal.KEY_BYTES]);
    private final TcpServer server;
    private final List<TestingClient> clients = new ArrayList<>();

    TestingServer(Path folder) {
        this(folder, SETTINGS);
    }

    TestingServer(Path folder, FileService.Settings settings) {
        this(new VolumeState(new MemoryTable()), new DiskChunkStore(folder), settings);
    }

    TestingServer(VolumeState state, ChunkStore chunks, FileService.Settings settings) {
        this.state = state;
        this.chunks = chunks;
        this.log = new ScriptedLog(state);
        log.lead();
        service = new FileService(
                log,
                state,
                chunks,
                () -> Optional.of(seal),
                () -> Administrators.ROOT,
                ticker,
                clock,
                new FileService.Names("group", "server"),
                settings);
        assign(Volume.newBuilder().setNumber(VOLUME).setPath("/").build());
        server = TcpServer.startAnywhere(service.service());
    }

    /** What a test that is only about promises uses: few of them, short bounds. */
    static FileService.Settings withPromises(CallbackSettings promises) {
        return new FileService.Settings(
                promises,
                SETTINGS.hold(),
                SETTINGS.collectEvery(),
                SETTINGS.clientExpiry(),
                SETTINGS.dropUnassigned(),
                SETTINGS.bringBytesASecond());
    }

    void assign(Volume... volumes) {
        service.volumes(List.of(volumes), 1, Deadline.in(Duration.ofSeconds(30), System::nanoTime));
    }

    VolumeReader reader() {
        return state.reader();
    }

    Address address() {
        return server.address();
    }

    /** A registered client of user {@code user}, with a callback channel and a lease. */
    TestingClient client(String user) {
        TestingClient client = new TestingClient(this, user);
        clients.add(client);
        client.register();
        client.openChannel();
        return client;
    }

    /** A client without registration. */
    TestingClient stranger(String user) {
        TestingClient client = new TestingClient(this, user);
        clients.add(client);
        return client;
    }

    /** A token as the cell's locking service would grant it. */
    Token token(long file, long number) {
        return token(file, LockMode.EXCLUSIVE, 5, number);
    }

    Token token(long file, LockMode mode, long epoch, long number) {
        byte[] sealed = seal.seal(
                file,
                77,
                mode == LockMode.EXCLUSIVE ? Mode.EXCLUSIVE : Mode.SHARED,
                new FencingToken(epoch, number));
        return Token.newBuilder()
                .setFile(file)
                .setSession(77)
                .setMode(mode)
                .setEpoch(epoch)
                .setNumber(number)
                .setSeal(ByteString.copyFrom(sealed))
                .build();
    }

    @Override
    public void close() {
        clients.forEach(TestingClient::close);
        server.close();
        service.close();
    }
}
