package holdfast.app.cell;

import holdfast.model.failure.Failure;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.Deadline;
import holdfast.server.folder.DataFolder;
import holdfast.server.membership.Home;
import holdfast.server.membership.Joining;
import holdfast.server.registration.Admission;
import holdfast.server.registration.News;
import holdfast.server.registration.Registrar;
import holdfast.server.registration.Space;
import holdfast.server.replication.LogHost;
import holdfast.server.replication.Membership;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.replication.StateMachine;
import holdfast.server.security.Administrators;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What servers of every role are made of: a data folder first, then a log in it, which other
 * members may share, an address at which the role's service and the other members' calls are
 * answered, and a registration with the directory server.
 */
final class ServerParts {
    /** Another member that does not answer must not hold up an election. */
    private static final TcpTransport.Settings TO_MEMBERS = new TcpTransport.Settings(
            64, 16, Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofMillis(1));

    private final Closing parts;
    private final DataFolder folder;
    private final Place place;
    private final Joining joining;
    private final Home home;
    private final Surroundings surroundings;
    private final CompletableFuture<Failure> over = new CompletableFuture<>();
    private volatile Optional<TokenSeal> seal = Optional.empty();
    private volatile Administrators administrators = Administrators.ROOT;

    private ServerParts(
            Closing parts,
            DataFolder folder,
            Role role,
            Place place,
            Surroundings surroundings,
            Newcomer newcomer) {
        this.parts = parts;
        this.folder = folder;
        this.place = place;
        this.surroundings = surroundings;
        this.joining = new Joining(
                role,
                place.listen(),
                caller(),
                parts.add(new TcpTransport(TO_MEMBERS, surroundings.ticker())),
                surroundings.ticker());
        if (!place.join().isEmpty()) {
            Home.requireNoGroupOfItsOwn(folder);
        }
        this.home = Home.of(folder, () -> invitation(newcomer));
    }

    /** To the group of the servers that were named, or else the one that the role knows of. */
    private Optional<Home.Invitation> invitation(Newcomer newcomer) {
        List<Address> others = place.join();
        if (!others.isEmpty()) {
            return Optional.of(new Home.Invitation(
                    joining.groupOf(others, surroundings.startDeadline()), others));
        }
        return newcomer.invitation(this);
    }

    /** What decides whether a server with an empty folder founds a group. */
    @FunctionalInterface
    interface Newcomer {
        /** It always does. */
        Newcomer FOUNDS = parts -> Optional.empty();

        /** To a group that there is already; empty when it founds its own. */
        Optional<Home.Invitation> invitation(ServerParts parts);
    }

    /**
     * Builds a server of {@code role} at {@code place}; when a step fails, what was opened before
     * it is closed.
     *
     * @param newcomer asked when the data folder is empty and no others were named
     * @param build opens the role's parts; returns where it listens
     */
    static RunningServer build(
            Role role,
            Place place,
            Surroundings surroundings,
            Newcomer newcomer,
            Function<ServerParts, Address> build) {
        return Closing.allOrNone(closing -> {
            DataFolder folder = closing.add(
                    DataFolder.open(place.data(), role.name().toLowerCase(Locale.ROOT)));
            ServerParts parts =
                    new ServerParts(closing, folder, role, place, surroundings, newcomer);
            return new RunningServer(build.apply(parts), parts.over, closing);
        });
    }

    <T extends AutoCloseable> T add(T part) {
        return parts.add(part);
    }

    /** The server's id. */
    String id() {
        return folder.id().toString();
    }

    /** The group that it founds, if it founds one. */
    String ownGroup() {
        return id();
    }

    /**
     * Asks the directory service to which group this new server belongs, which is to register as
     * {@code self}. Nothing is registered that could not listen.
     */
    Optional<Home.Invitation> admission(List<Address> directory, RegisterServer.Builder self) {
        TcpServer.requireFree(place.listen());
        try (TcpTransport transport = new TcpTransport()) {
            RegisterServerReply reply = Admission.ask(
                    transport,
                    directory,
                    caller(),
                    self.setServer(id())
                            .setAddress(place.listen().toString())
                            .setGroup(ownGroup())
                            .setRelease(surroundings.release())
                            .setFresh(true)
                            .build(),
                    Deadline.in(Deadline.LONGEST, surroundings.ticker()));
            return reply.getJoin().isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Home.Invitation(
                            UUID.fromString(reply.getJoin()),
                            reply.getMembersList().stream().map(Address::parse).toList()));
        }
    }

    /**
     * Leaves its group for another one: the directory service hears of it first, and refuses when
     * volumes would be left behind. The server must be opened anew then.
     */
    void leave(
            Home.Invitation to,
            List<Address> directory,
            RegisterServer.Builder self,
            Deadline deadline) {
        try (TcpTransport transport = new TcpTransport()) {
            RegisterServer asked = self.setServer(id())
                    .setAddress(place.listen().toString())
                    .setGroup(to.group().toString())
                    .setRelease(surroundings.release())
                    .build();
            var unused = Admission.ask(transport, directory, caller(), asked, deadline);
        }
        Home.leave(folder, to);
    }

    /** The id of its group. */
    String group() {
        return home.group().toString();
    }

    /** The data folder, or something in it. */
    Path path(String... names) {
        Path path = folder.path();
        for (String name : names) {
            path = path.resolve(name);
        }
        return path;
    }

    /** The log of {@code state}. This server is over when it stops. */
    Replica replica(StateMachine state) {
        LogHost host = add(LogHost.start(LogHost.Settings.alone(path("log"))
                .with(new LogHost.Reach(place.listen(), joining.transport()))
                .whenStopped((group, why) -> over.complete(why.failure()))));
        Deadline ready = surroundings.startDeadline();
        ReplicatedLog log = home.founded()
                ? host.open(home.group(), state, ready)
                : host.join(home.group(), state, ready);
        return new Replica(log, host.membership(home.group()), host.service());
    }

    /**
     * This server's copy of its group's log.
     *
     * @param service what other members call
     */
    record Replica(ReplicatedLog log, Membership membership, Service service) {}

    /** Listens for {@code service} and for the other members of {@code replica}; where. */
    Address listen(Service service, Replica replica) {
        Service all = service.and(replica.service())
                .and(joining.service(home, replica.membership(), this::administrators));
        Address at = add(TcpServer.start(
                        place.listen(),
                        all,
                        TcpServer.Settings.DEFAULT.named(id(), "", surroundings.release())))
                .address();
        add(joining.start(home, folder.path(), replica.membership()));
        return at;
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
                caller(),
                self.setServer(id()).setRelease(surroundings.release()).build(),
                space,
                listener,
                surroundings.ticker()));
    }

    /** For calling the other members of the group. */
    Transport toMembers() {
        return joining.transport();
    }

    /** Whom this server's own calls are made for. */
    Caller caller() {
        return Caller.newBuilder()
                .setUser(surroundings.user())
                .setHost(place.listen().host())
                .setProcess(ProcessHandle.current().pid())
                .build();
    }

    /** Who the administrators are is this server's to say. */
    void administeredBy(Administrators who) {
        administrators = who;
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
