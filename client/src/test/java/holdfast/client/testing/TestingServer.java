package holdfast.client.testing;

import com.google.protobuf.ByteString;

import holdfast.model.failure.Failure;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.time.WallClock;
import holdfast.server.registration.News;
import holdfast.server.registration.Registrar;
import holdfast.server.registration.Space;
import holdfast.server.replication.LogHost;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.replication.StateMachine;
import holdfast.server.security.Administrators;
import holdfast.testkit.fake.FaultyNetwork;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * One server of a {@link TestingCell}, with its own folder. It can be stopped and started again on
 * the same data; clients and servers reach it through a network that fails on demand and leads to
 * wherever it listens now.
 */
public abstract class TestingServer implements AutoCloseable {
    static final Duration START = Duration.ofSeconds(60);

    final BootTicker ticker = BootTicker.system();
    final Clock clock = WallClock.system();
    final Path folder;
    private final AtomicLong commits = new AtomicLong();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final AtomicReference<Optional<News>> news = new AtomicReference<>(Optional.empty());
    private Optional<FaultyNetwork> network = Optional.empty();

    TestingServer(Path folder) {
        this.folder = folder;
    }

    /** Builds the parts, with {@link #part}, and gives what is to be served. */
    abstract Service build() throws Exception;

    /** Makes itself known, once it is served. */
    abstract void register() throws Exception;

    /** The network before it. */
    public final FaultyNetwork network() {
        return network.orElseThrow();
    }

    /** Where it is reached, also after a restart. */
    public final Address address() {
        return network().address();
    }

    final String name() {
        return folder.getFileName().toString();
    }

    final UUID group() {
        return UUID.nameUUIDFromBytes(name().getBytes(StandardCharsets.UTF_8));
    }

    final <T extends AutoCloseable> T part(T part) {
        parts.push(part);
        return part;
    }

    final ReplicatedLog log(StateMachine state) {
        LogHost host = part(LogHost.start(LogHost.Settings.alone(folder.resolve("log"))));
        CountedState counted = new CountedState(state, this::isAskedFor, commits);
        return host.open(group(), counted, Deadline.in(START, ticker));
    }

    /** Whether a command is more than the server's own upkeep. */
    boolean isAskedFor(ByteString command) {
        return true;
    }

    /** How many commands were committed, but for the server's own upkeep. */
    final long commits() {
        return commits.get();
    }

    /** Starts it, on what is in its folder. */
    public final void start() throws Exception {
        TcpServer server = part(TcpServer.startAnywhere(build()));
        if (network.isPresent()) {
            network.get().redirect(server.address());
        } else {
            network = Optional.of(FaultyNetwork.to(server.address()));
        }
        register();
    }

    /** Stops it; whoever calls it now finds nobody. */
    public final void stop() throws Exception {
        network().refuse();
        network().cutAll();
        while (!parts.isEmpty()) {
            parts.pop().close();
        }
    }

    /** Stops it and starts it again. */
    public final void restart() throws Exception {
        stop();
        network().heal();
        start();
    }

    @Override
    public final void close() throws Exception {
        while (!parts.isEmpty()) {
            parts.pop().close();
        }
        network().close();
    }

    // ---- the tie to the directory server -------------------------------------------------------

    final Optional<TokenSeal> seal() {
        return news.get().map(told -> new TokenSeal(told.key().toByteArray()));
    }

    final Administrators administrators() {
        return news.get()
                .map(told -> Administrators.of(told.administrators()))
                .orElse(Administrators.ROOT);
    }

    final void register(
            Address directory, RegisterServer.Builder self, Space space, Consumer<News> then)
            throws InterruptedException {
        CountDownLatch first = new CountDownLatch(1);
        News.Listener listener = new News.Listener() {
            @Override
            public void changed(News told) {
                news.set(Optional.of(told));
                then.accept(told);
                first.countDown();
            }

            @Override
            public void refused(Failure failure) {
                throw new IllegalStateException(failure.toString());
            }
        };
        RegisterServer whole =
                self.setServer(name()).setAddress(address().toString()).build();
        TcpTransport transport = part(new TcpTransport());
        part(Registrar.start(
                transport,
                List.of(directory),
                Caller.newBuilder().setUser(name()).build(),
                whole,
                () -> space,
                listener,
                ticker));
        if (!first.await(START.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException(name() + " was not registered in time");
        }
    }
}
