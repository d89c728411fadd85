package holdfast.wire.transport;

import com.google.protobuf.Message;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.HelloReply;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.OpenCallbacks;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Calls over TCP. For each server a pool of connections with one request in flight each. Deadlines
 * and interrupts end a call by closing its connection.
 */
public final class TcpTransport implements Transport {

    /**
     * Bounds.
     *
     * @param connectionsMax to one server; calls that may wait long take three quarters at most
     * @param idleMax connections kept open without a call
     * @param idleTime after which an idle connection is closed
     * @param connectTimeout for connecting and greeting, when the call's deadline is later
     * @param fresh how long after its last call a connection is used without a look whether the
     *     server has closed it
     */
    public record Settings(
            int connectionsMax,
            int idleMax,
            Duration idleTime,
            Duration connectTimeout,
            Duration fresh) {
        /** 512 connections, 64 idle for 60 s, 3 s to connect, 1 ms. */
        public static final Settings DEFAULT = new Settings(
                512, 64, Duration.ofSeconds(60), Duration.ofSeconds(3), Duration.ofMillis(1));

        long freshNanos() {
            return fresh.toNanos();
        }
    }

    private final Settings settings;
    private final Ticker ticker;
    private final ConcurrentMap<Address, ConnectionPool> pools = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** With the usual bounds and the machine's clock. */
    public TcpTransport() {
        this(Settings.DEFAULT, BootTicker.system());
    }

    /**
     * With these bounds.
     *
     * @param ticker measures real time: sockets know no other
     */
    public TcpTransport(Settings settings, Ticker ticker) {
        this.settings = settings;
        this.ticker = ticker;
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
        ConnectionPool pool = pool(server);
        CallTerms terms = new CallTerms(method.name(), method.role(), method.changes(), server);
        try {
            terms.check(deadline);
            pool.enter(method.waits(), deadline);
        } catch (FailureException e) {
            throw terms.named(e);
        }
        try {
            return new Attempt<>(pool, terms, method, header, request, out, in, deadline).run();
        } finally {
            pool.leave(method.waits());
        }
    }

    /**
     * Asks what listens at {@code server}, without calling anything: UNAVAILABLE when nobody does
     * or something that does not speak this protocol, WRONG_VERSION when it speaks another version.
     */
    public Greeting greet(Address server, Deadline deadline) {
        CallTerms terms = new CallTerms("the greeting", Role.ROLE_NONE, false, server);
        terms.check(deadline);
        ConnectionPool pool = pool(server);
        ClientConnection connection = openFor(terms, pool, deadline);
        connection.disarm();
        HelloReply said = connection.greeting();
        pool.discard(connection);
        return new Greeting(
                said.getRole(),
                said.getServer(),
                said.getRelease(),
                Instant.ofEpochMilli(said.getWallMillis()));
    }

    /**
     * What a server says of itself.
     *
     * @param server its own name
     * @param release of its software
     * @param now its time of day
     */
    public record Greeting(Role role, String server, String release, Instant now) {}

    @Override
    public Channel<FromClient, FromServer> openCallbacks(
            Address server, RequestHeader header, Deadline deadline) {
        ConnectionPool pool = pool(server);
        CallTerms terms = new CallTerms("open-callbacks", Role.FILES, false, server);
        terms.check(deadline);
        ClientConnection connection = openFor(terms, pool, deadline);
        try {
            terms.checkRole(connection.role());
            var _ = connection.ask(
                    new ClientConnection.Ask<>(
                            Protocol.KIND_OPEN_CALLBACKS,
                            terms.withTimeLeft(header, deadline),
                            OpenCallbacks.getDefaultInstance(),
                            Nothing.parser(),
                            Bulk.Source.NONE),
                    Bulk.Sink.NONE);
            if (!connection.disarm()) {
                throw new IOException("the deadline came");
            }
        } catch (IOException e) {
            boolean late = !connection.disarm() || deadline.passed();
            pool.discard(connection);
            throw terms.broken(e, true, late);
        } catch (FailureException e) {
            pool.discard(connection);
            throw terms.named(e);
        }
        return new FrameChannel<FromClient, FromServer>(
                        connection.link(),
                        FromServer.parser(),
                        ticker,
                        terms.server(),
                        () -> pool.discard(connection))
                .start();
    }

    private static ClientConnection openFor(
            CallTerms terms, ConnectionPool pool, Deadline deadline) {
        try {
            return pool.open(terms.role(), deadline);
        } catch (IOException e) {
            throw terms.unreachable(e);
        } catch (FailureException e) {
            throw terms.named(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        pools.values().forEach(ConnectionPool::close);
    }

    /** How many connections to {@code server} are open. */
    int connections(Address server) {
        ConnectionPool pool = pools.get(server);
        return pool == null ? 0 : pool.size();
    }

    private ConnectionPool pool(Address server) {
        if (closed) {
            throw Failure.of(FailureCode.UNAVAILABLE, "this program has closed its connections")
                    .exception();
        }
        ConnectionPool pool = pools.computeIfAbsent(
                server, address -> new ConnectionPool(address, settings, ticker));
        if (closed) {
            pool.close();
        }
        return pool;
    }
}
