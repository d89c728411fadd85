package holdfast.app.cell;

import holdfast.model.failure.Failure;
import holdfast.model.lock.TokenSeal;
import holdfast.server.folder.DataFolder;
import holdfast.server.registration.News;
import holdfast.server.registration.Registrar;
import holdfast.server.registration.Space;
import holdfast.server.replication.LogHost;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.replication.StateMachine;
import holdfast.server.security.Administrators;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What servers of every role are made of: a data folder first, then a log in it, an address at
 * which the role's service listens, and a registration with the directory server.
 */
final class ServerParts {
    private final Closing parts;
    private final DataFolder folder;
    private final Surroundings surroundings;
    private final CompletableFuture<Failure> over = new CompletableFuture<>();
    private volatile Optional<TokenSeal> seal = Optional.empty();
    private volatile Administrators administrators = Administrators.ROOT;

    private ServerParts(Closing parts, DataFolder folder, Surroundings surroundings) {
        this.parts = parts;
        this.folder = folder;
        this.surroundings = surroundings;
    }

    /**
     * Builds a server of {@code role} on {@code data}; when a step fails, what was opened before it
     * is closed.
     *
     * @param build opens the role's parts; returns where it listens
     */
    static RunningServer build(
            String role,
            Path data,
            Surroundings surroundings,
            Function<ServerParts, Address> build) {
        return Closing.allOrNone(closing -> {
            ServerParts parts = new ServerParts(
                    closing, closing.add(DataFolder.open(data, role)), surroundings);
            return new RunningServer(build.apply(parts), parts.over, closing);
        });
    }

    <T extends AutoCloseable> T add(T part) {
        return parts.add(part);
    }

    /** The server's id, also that of its group. */
    String id() {
        return folder.id().toString();
    }

    /** The data folder, or something in it. */
    Path path(String... names) {
        Path path = folder.path();
        for (String name : names) {
            path = path.resolve(name);
        }
        return path;
    }

    /** The log of {@code state}; replayed, and this server leads. It is over when that stops. */
    ReplicatedLog log(StateMachine state) {
        LogHost host = add(LogHost.start(LogHost.Settings.alone(path("log"))
                .whenStopped((group, why) -> over.complete(why.failure()))));
        return host.open(folder.id(), state, surroundings.startDeadline());
    }

    /** Listens for {@code service}; the real address. */
    Address listen(Address at, Service service) {
        return add(TcpServer.start(
                        at,
                        service,
                        TcpServer.Settings.DEFAULT.named(id(), "", surroundings.release())))
                .address();
    }

    /** Registers, and stays registered. */
    void register(
            List<Address> directory,
            RegisterServer.Builder self,
            Supplier<Space> space,
            Consumer<News> assigned) {
        Registered listener = new Registered(over, news -> {
            seal = Optional.of(new TokenSeal(news.key().toByteArray()));
            administrators = Administrators.of(news.administrators());
            assigned.accept(news);
        });
        add(Registrar.start(
                add(new TcpTransport()),
                directory,
                caller(self.getAddress()),
                self.setServer(id()).setRelease(surroundings.release()).build(),
                space,
                listener,
                surroundings.ticker()));
    }

    private Caller caller(String address) {
        return Caller.newBuilder()
                .setUser(surroundings.user())
                .setHost(Address.parse(address).host())
                .setProcess(ProcessHandle.current().pid())
                .build();
    }

    /** The cell's administrators, as the directory server has told; before it did, only root. */
    Administrators administrators() {
        return administrators;
    }

    /** The cell's seal, once the directory server has told it. */
    Optional<TokenSeal> seal() {
        return seal;
    }
}
