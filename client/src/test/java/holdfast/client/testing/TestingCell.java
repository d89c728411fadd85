package holdfast.client.testing;

import holdfast.model.failure.Failure;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.time.WallClock;
import holdfast.server.chunk.DiskChunkStore;
import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.server.files.FileService;
import holdfast.server.locking.LockingState;
import holdfast.server.locking.service.LockingService;
import holdfast.server.registration.News;
import holdfast.server.registration.Registrar;
import holdfast.server.registration.Space;
import holdfast.server.replication.LogHost;
import holdfast.server.replication.StateMachine;
import holdfast.server.table.RocksTable;
import holdfast.server.volume.VolumeState;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A directory server, a locking server and two file servers with the volumes {@code /} and
 * {@code /home}, each with its own log, tables and chunks below one folder. They speak TCP, so that
 * a test may put a failing network between.
 */
public final class TestingCell implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final BootTicker ticker = BootTicker.system();
    private final Clock clock = WallClock.system();
    private final Settings settings;
    private final Address directory;
    private final Address locking;
    private final Address filesOfRoot;
    private final Address filesOfHome;

    /** What tests shorten. */
    public record Settings(FileService.Settings files, Duration sessionTime) {
        /** As in production. */
        public static final Settings STANDARD =
                new Settings(FileService.Settings.STANDARD, Duration.ofSeconds(10));
    }

    private TestingCell(Path folder, Settings settings) throws InterruptedException {
        this.settings = settings;
        directory = directory(folder.resolve("directory"));
        locking = locking(folder.resolve("locking"));
        filesOfRoot = files(folder.resolve("files-1"), "/");
        filesOfHome = files(folder.resolve("files-2"), "/home");
    }

    /** Starts it, founding what is not in {@code folder} yet. */
    public static TestingCell start(Path folder, Settings settings) throws InterruptedException {
        return new TestingCell(folder, settings);
    }

    public Address directory() {
        return directory;
    }

    public Address locking() {
        return locking;
    }

    /** The file server of {@code /}. */
    public Address filesOfRoot() {
        return filesOfRoot;
    }

    public Address filesOfHome() {
        return filesOfHome;
    }

    private <T extends AutoCloseable> T part(T part) {
        parts.push(part);
        return part;
    }

    private LogHost log(Path folder, UUID group, StateMachine state) {
        Map<UUID, StateMachine> machines = Map.of(group, state);
        return part(LogHost.start(folder.resolve("log"), machines, Deadline.in(START, ticker)));
    }

    private static UUID group(Path folder) {
        return UUID.nameUUIDFromBytes(
                folder.getFileName().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private Address directory(Path folder) {
        DirectoryState state = new DirectoryState();
        LogHost host = log(folder, group(folder), state);
        DirectoryService service =
                new DirectoryService(host.log(group(folder)), state, clock, ticker).start();
        return part(TcpServer.startAnywhere(service.service())).address();
    }

    /** Hears the cell's key and a file server's volumes. */
    private final class Heard implements News.Listener {
        private final AtomicReference<Optional<News>> news =
                new AtomicReference<>(Optional.empty());
        private final CountDownLatch first = new CountDownLatch(1);
        private final AtomicReference<FileService> service = new AtomicReference<>();

        @Override
        public void changed(News told) {
            news.set(Optional.of(told));
            FileService files = service.get();
            if (files != null) {
                files.volumes(told.volumes(), told.mapVersion(), Deadline.in(START, ticker));
            }
            first.countDown();
        }

        @Override
        public void refused(Failure failure) {
            throw new IllegalStateException(failure.toString());
        }

        Optional<TokenSeal> seal() {
            return news.get().map(told -> new TokenSeal(told.key().toByteArray()));
        }

        void await() throws InterruptedException {
            if (!first.await(START.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("not registered in time");
            }
        }
    }

    private void register(RegisterServer self, Space space, Heard heard)
            throws InterruptedException {
        TcpTransport transport = part(new TcpTransport());
        part(Registrar.start(transport, List.of(directory), self, () -> space, heard, ticker));
        heard.await();
    }

    private Address locking(Path folder) throws InterruptedException {
        LockingState state = new LockingState();
        LogHost host = log(folder, group(folder), state);
        Heard heard = new Heard();
        LockingService service = new LockingService(
                host.log(group(folder)),
                state,
                heard::seal,
                clock,
                ticker,
                new holdfast.server.locking.service.Settings(
                        settings.sessionTime(), Duration.ofSeconds(10)));
        part(service.start());
        Address address = part(TcpServer.startAnywhere(service.service())).address();
        RegisterServer self = RegisterServer.newBuilder()
                .setServer("locking")
                .setRole(Role.LOCKING)
                .setAddress(address.toString())
                .build();
        register(self, Space.NONE, heard);
        return address;
    }

    private Address files(Path folder, String serves) throws InterruptedException {
        RocksTable table = part(new RocksTable(folder.resolve("table")));
        VolumeState state = new VolumeState(table);
        DiskChunkStore chunks = part(new DiskChunkStore(folder.resolve("chunks")));
        UUID group = group(folder);
        LogHost host = log(folder, group, state);
        Heard heard = new Heard();
        String name = folder.getFileName().toString();
        FileService service = part(new FileService(
                host.log(group),
                state,
                chunks,
                heard::seal,
                ticker,
                clock,
                new FileService.Names(group.toString(), name),
                settings.files()));
        heard.service.set(service);
        Address address = part(TcpServer.startAnywhere(service.service())).address();
        RegisterServer self = RegisterServer.newBuilder()
                .setServer(name)
                .setRole(Role.FILES)
                .setAddress(address.toString())
                .setGroup(group.toString())
                .addDirectories(serves)
                .build();
        register(self, new Space(chunks.capacityBytes(), chunks.freeBytes()), heard);
        return address;
    }

    @Override
    public void close() throws Exception {
        while (!parts.isEmpty()) {
            parts.pop().close();
        }
    }
}
