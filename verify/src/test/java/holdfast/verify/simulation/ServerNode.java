package holdfast.verify.simulation;

import holdfast.model.failure.Failure;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.callback.CallbackSettings;
import holdfast.server.chunk.MemoryChunkStore;
import holdfast.server.chunk.Peers;
import holdfast.server.chunk.ReplicatedChunks;
import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.server.files.FileService;
import holdfast.server.locking.LockingState;
import holdfast.server.locking.service.LockingService;
import holdfast.server.registration.News;
import holdfast.server.registration.Registrar;
import holdfast.server.registration.Space;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.replication.StateMachine;
import holdfast.server.security.Administrators;
import holdfast.server.table.MemoryTable;
import holdfast.server.volume.VolumeState;
import holdfast.testkit.simulation.Host;
import holdfast.testkit.simulation.RunningProcess;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** One member of a service, on its host: what survives a restart, and how it is started. */
final class ServerNode {
    static final int PORT = 8000;

    private static final long CAPACITY = 1L << 30;
    static final Duration LEASE = Duration.ofSeconds(4);
    static final Duration HOLD = Duration.ofSeconds(2);
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration TAKE_OVER_MAX = Duration.ofSeconds(30);
    private static final CallbackSettings STANDARD =
            FileService.Settings.STANDARD.callbacks().withLease(LEASE);
    private static final CallbackSettings SCARCE =
            new CallbackSettings(LEASE, STANDARD.patience(), 4, 2, 2);

    private final LogGroup group;
    private final int number;
    private final String role;
    private final List<String> directories;
    private final CallbackSettings callbacks;
    private MemoryChunkStore chunks = new MemoryChunkStore(CAPACITY);
    private Optional<RunningProcess> process = Optional.empty();
    private Optional<StateMachine> machine = Optional.empty();

    ServerNode(LogGroup group, int number, String role, List<String> directories, boolean scarce) {
        this.callbacks = scarce ? SCARCE : STANDARD;
        this.group = group;
        this.number = number;
        this.role = role;
        this.directories = directories;
    }

    String role() {
        return role;
    }

    /** Whether it leads its group. */
    boolean leads() {
        return group.leader().equals(Optional.of(number));
    }

    Host host() {
        return group.host(number);
    }

    MemoryChunkStore chunks() {
        return chunks;
    }

    /** From now on its log takes long to sync, or not. */
    void slowDisk(boolean isSlow) {
        group.slowDisk(number, isSlow);
    }

    Optional<RunningProcess> process() {
        return process;
    }

    /** The state as it is now. */
    Optional<StateMachine> machine() {
        return machine;
    }

    void start() {
        if (process.isEmpty()) {
            process = Optional.of(host().start(role + number, this::main));
        }
    }

    /** How it ends. */
    enum Death {
        KILLED,
        /** Chunks that were not synced go, by chance. */
        POWER_LOST,
        /** As long as its group has enough others; else the power is lost. */
        WIPED
    }

    void kill(Death death) {
        process.ifPresent(RunningProcess::kill);
        process = Optional.empty();
        if (death == Death.WIPED && group.canLose(number)) {
            group.disk(number).wipe();
            chunks = new MemoryChunkStore(CAPACITY);
        } else if (death != Death.KILLED) {
            chunks = chunks.afterPowerLoss(hash -> group.random().nextBoolean());
        }
    }

    private void main() {
        switch (role) {
            case "directory" -> directory();
            case "locking" -> locking();
            default -> files();
        }
    }

    private RunningProcess self() {
        return process.orElseThrow();
    }

    private ReplicatedLog log(StateMachine state) {
        machine = Optional.of(state);
        return new LogMember(group, number, self(), state).log();
    }

    private void directory() {
        DirectoryState state = new DirectoryState();
        listen(new DirectoryService(
                        log(state),
                        state,
                        () -> directories,
                        Clock.systemUTC(),
                        ticker(),
                        Administrators.ROOT)
                .start()
                .service());
    }

    private void locking() {
        LockingState state = new LockingState();
        Told told = new Told(news -> {});
        LockingService service = new LockingService(
                        log(state),
                        state,
                        told::seal,
                        told::administrators,
                        Clock.systemUTC(),
                        ticker(),
                        new holdfast.server.locking.service.Settings(SESSION, SESSION))
                .start();
        listen(service.service());
        register(RegisterServer.newBuilder().setRole(Role.LOCKING), told);
    }

    private void files() {
        VolumeState state = new VolumeState(new MemoryTable());
        Told told = new Told();
        ReplicatedChunks replicated = new ReplicatedChunks(
                chunks,
                new Others(),
                state.reader()::collection,
                new TcpTransport(TcpTransport.Settings.DEFAULT, ticker()),
                ticker());
        FileService service = new FileService(
                log(state),
                state,
                replicated,
                told::seal,
                told::administrators,
                ticker(),
                Clock.systemUTC(),
                new FileService.Names(group.name(), id()),
                new FileService.Settings(
                        callbacks,
                        HOLD,
                        Duration.ofMillis(900),
                        Duration.ofMinutes(2),
                        Duration.ofDays(1),
                        FileService.Settings.STANDARD.bringBytesASecond()));
        told.taker = news -> service.volumes(
                news.volumes(), news.mapVersion(), Deadline.in(TAKE_OVER_MAX, ticker()));
        listen(service.service().and(replicated.service()));
        register(
                RegisterServer.newBuilder()
                        .setRole(Role.FILES)
                        .setGroup(group.name())
                        .addDirectories("/"),
                told);
    }

    private String id() {
        return id(number);
    }

    private String id(int member) {
        return role + "-" + member;
    }

    /** The other members of the group. */
    private final class Others implements Peers {
        @Override
        public String self() {
            return id();
        }

        @Override
        public List<Peer> others() {
            return IntStream.range(0, group.size())
                    .filter(member -> member != number)
                    .mapToObj(member -> new Peer(
                            id(member), Address.parse(SimulatedCell.address(group.host(member)))))
                    .toList();
        }
    }

    private void listen(Service service) {
        TcpServer.start(
                new InetSocketAddress(host().address(), PORT),
                service,
                TcpServer.Settings.DEFAULT.named(id(), "", "simulated"),
                ticker());
    }

    private void register(RegisterServer.Builder server, Told told) {
        Registrar.start(
                new TcpTransport(TcpTransport.Settings.DEFAULT, ticker()),
                directories.stream().map(Address::parse).toList(),
                Caller.newBuilder().setUser("root").setHost(host().name()).build(),
                server.setServer(id()).setAddress(SimulatedCell.address(host())).build(),
                () -> new Space(CAPACITY, CAPACITY, false),
                told,
                ticker());
    }

    private static Ticker ticker() {
        return System::nanoTime;
    }

    /** What the directory service has told this server. */
    private static final class Told implements News.Listener {
        private Consumer<News> taker = news -> {};
        private Optional<TokenSeal> seal = Optional.empty();
        private Administrators administrators = Administrators.ROOT;

        Told() {}

        Told(Consumer<News> taker) {
            this.taker = taker;
        }

        Optional<TokenSeal> seal() {
            return seal;
        }

        Administrators administrators() {
            return administrators;
        }

        @Override
        public void changed(News news) {
            seal = Optional.of(new TokenSeal(news.key().toByteArray()));
            administrators = Administrators.of(news.administrators());
            taker.accept(news);
        }

        @Override
        public void refused(Failure failure) {
            throw new IllegalStateException("registration refused: " + failure);
        }
    }
}
