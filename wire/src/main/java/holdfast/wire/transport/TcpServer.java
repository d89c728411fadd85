package holdfast.wire.transport;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Serves a {@link Service} over TCP: a virtual thread for each connection, which takes one request
 * after the other. Whatever arrives, nothing is thrown to the outside: what is no request closes
 * its connection with one line in the log.
 *
 * <p>Listens on loopback addresses only, until connections are encrypted and callers proved.
 */
public final class TcpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TcpServer.class);
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);
    private static final long ACCEPT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /**
     * Bounds, and what the server says of itself.
     *
     * @param connectionsMax more are refused with LIMIT
     * @param handlersMax requests being answered at one time; more wait a second at most, then they
     *     are refused with UNAVAILABLE
     * @param stall how long a request that has begun, or the next part of bulk, may take to arrive
     *     or to be taken; idle connections may stay
     * @param server the server's own name
     * @param cell the cell's name
     * @param release of this software
     */
    public record Settings(
            int connectionsMax,
            int handlersMax,
            Duration stall,
            String server,
            String cell,
            String release) {

        /** 20,000 connections, 16,000 handlers, 30 s. */
        public static final Settings DEFAULT =
                new Settings(20_000, 16_000, Duration.ofSeconds(30), "", "", "");

        /** The same with these names. */
        public Settings named(String ownName, String cellName, String releaseName) {
            return new Settings(connectionsMax, handlersMax, stall, ownName, cellName, releaseName);
        }
    }

    private final ServerSocketChannel listener;
    private final Address address;
    private final ServerCore core;
    private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();

    private TcpServer(ServerSocketChannel listener, Address address, ServerCore core) {
        this.listener = listener;
        this.address = address;
        this.core = core;
    }

    /**
     * Starts to listen and serve. MISCONFIGURED when it can't listen there.
     *
     * @param service made with {@link Service.Builder}
     */
    public static TcpServer start(Address listen, Service service, Settings settings) {
        return start(
                new InetSocketAddress(listen.host(), listen.port()),
                service,
                settings,
                BootTicker.system());
    }

    /** The same; port 0 takes any free port, see {@link #address}. */
    public static TcpServer start(
            InetSocketAddress listen, Service service, Settings settings, Ticker ticker) {
        if (!(service instanceof ServiceTable table)) {
            throw new IllegalArgumentException("a service must be made with Service.of");
        }
        ServerSocketChannel listener = listener(listen);
        TcpServer server = new TcpServer(
                listener,
                new Address(
                        listen.getAddress().getHostAddress(), listener.socket().getLocalPort()),
                new ServerCore(table, settings, ticker));
        Thread.ofVirtual().name("holdfast-accept").start(server::acceptAll);
        return server;
    }

    /** MISCONFIGURED when a server could not listen at {@code listen} now. */
    public static void requireFree(Address listen) {
        try {
            listener(new InetSocketAddress(listen.host(), listen.port())).close();
        } catch (IOException e) {
            throw misconfigured("can't listen on " + listen + ": " + e.getMessage());
        }
    }

    private static ServerSocketChannel listener(InetSocketAddress listen) {
        InetAddress host = listen.getAddress();
        String where = listen.getHostString() + ":" + listen.getPort();
        if (host == null) {
            throw misconfigured("can't listen on " + where + ": unknown host");
        }
        if (!host.isLoopbackAddress()) {
            throw misconfigured("can't listen on " + where + ": only loopback addresses"
                    + " (127.0.0.1, ::1) until connections are encrypted and callers proved");
        }
        return listen(listen, where);
    }

    /** Starts on any free port of the loopback address. */
    public static TcpServer startAnywhere(Service service) {
        return start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                service,
                Settings.DEFAULT,
                BootTicker.system());
    }

    private static ServerSocketChannel listen(InetSocketAddress at, String where) {
        try {
            ServerSocketChannel listener = ServerSocketChannel.open();
            try {
                listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                return listener.bind(at, 4096);
            } catch (IOException e) {
                listener.close();
                throw e;
            }
        } catch (IOException e) {
            throw new FailureException(
                    Failure.of(
                            FailureCode.MISCONFIGURED,
                            "can't listen on " + where + ": " + e.getMessage()),
                    e);
        }
    }

    private static FailureException misconfigured(String message) {
        return FailureException.of(FailureCode.MISCONFIGURED, message);
    }

    /** Where it listens, with the real port. */
    public Address address() {
        return address;
    }

    /** How many connections there are. */
    public int connections() {
        return connections.size();
    }

    /** Closes it, letting requests under way end within five seconds. */
    @Override
    public void close() {
        close(Deadline.in(CLOSE_WAIT, core.ticker()));
    }

    /**
     * Takes no more connections and requests, lets those under way end until {@code deadline}, then
     * closes their connections and interrupts the handlers of methods that wait for other clients.
     * (Others are not interrupted: that would close the files that they are reading.)
     */
    public void close(Deadline deadline) {
        core.close();
        closeListener();
        connections.forEach(ServerConnection::closeIfIdle);
        while (!connections.isEmpty() && !deadline.passed()) {
            LockSupport.parkNanos(LOOK_NANOS);
            if (Thread.currentThread().isInterrupted()) {
                break;
            }
        }
        connections.forEach(ServerConnection::abort);
    }

    private void closeListener() {
        try {
            listener.close();
        } catch (IOException e) {
            LOG.warn("closing the listener on {}: {}", address, e.getMessage());
        }
    }

    private void acceptAll() {
        while (core.isOpen()) {
            try {
                accept(listener.accept());
            } catch (IOException e) {
                if (core.isOpen()) {
                    core.strangers().report("a client", "it can't be accepted: " + e.getMessage());
                    LockSupport.parkNanos(ACCEPT_PAUSE_NANOS);
                }
            }
        }
    }

    private void accept(SocketChannel channel) throws IOException {
        ServerConnection connection;
        try {
            connection = new ServerConnection(core, channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        if (connections.size() >= core.settings().connectionsMax()) {
            connection.turnAway();
            return;
        }
        connections.add(connection);
        Thread.ofVirtual().name("holdfast-connection").start(() -> {
            try {
                connection.run();
            } finally {
                connections.remove(connection);
            }
        });
        if (!core.isOpen()) {
            connection.closeIfIdle();
        }
    }
}
