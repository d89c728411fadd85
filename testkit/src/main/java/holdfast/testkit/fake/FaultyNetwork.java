package holdfast.testkit.fake;

import holdfast.wire.transport.Address;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A network between clients and one server that fails on demand: a proxy on a loopback port. Give
 * clients {@link #address} instead of the server's.
 *
 * <p>Faults are set for a direction and hold for all connections, those there are and those to
 * come, from the moment they are set. Counts of bytes begin at that moment, too, and run over all
 * connections.
 */
public final class FaultyNetwork implements AutoCloseable {
    /** Which way bytes go. */
    public enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    private final ServerSocketChannel listener;
    private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
    private final Line toServer = new Line();
    private final Line toClient = new Line();
    private volatile Address server;
    private volatile boolean refusing;

    private FaultyNetwork(ServerSocketChannel listener, Address server) {
        this.listener = listener;
        this.server = server;
    }

    /** A network without faults yet. */
    public static FaultyNetwork to(Address server) {
        try {
            ServerSocketChannel listener = ServerSocketChannel.open()
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
            FaultyNetwork network = new FaultyNetwork(listener, server);
            Thread.ofVirtual().name("faulty-network").start(network::acceptAll);
            return network;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where clients find it. */
    public Address address() {
        InetSocketAddress at = (InetSocketAddress) listener.socket().getLocalSocketAddress();
        return new Address("127.0.0.1", at.getPort());
    }

    /** New connections go to another server, one restarted on a new port say. */
    public void redirect(Address to) {
        server = to;
    }

    /** Keeps back what comes from now on, the end of connections too, until {@link #release}. */
    public void hold(Direction direction) {
        line(direction).hold(0);
    }

    /** Lets so many bytes more pass, then keeps back what follows. */
    public void holdAfter(Direction direction, long bytes) {
        line(direction).hold(bytes);
    }

    /** Lets pass what was kept back, and what comes. */
    public void release(Direction direction) {
        line(direction).release();
    }

    /**
     * Waits until at least {@code bytes} are kept back. False when they did not come in time.
     *
     * <p>The way to force an interleaving: hold the answers, let a call begin, wait here until its
     * answer is on the way, do what is to overtake it, release.
     */
    public boolean awaitHeld(Direction direction, long bytes, Duration timeout) {
        return line(direction).awaitHeld(bytes, timeout);
    }

    /** Both directions at once: nothing arrives, and nobody is told. */
    public void partition() {
        hold(Direction.TO_SERVER);
        hold(Direction.TO_CLIENT);
    }

    /** Everything arrives so much later. */
    public void delay(Direction direction, Duration by) {
        line(direction).delay(by);
    }

    /** Swallows what comes from now on, as if it had arrived. */
    public void drop(Direction direction) {
        line(direction).drop(true);
    }

    /** Lets so many bytes more pass, then cuts the connection that brings the next one. Once. */
    public void cutAfter(Direction direction, long bytes) {
        line(direction).cutAfter(bytes);
    }

    /** Changes one byte, the one so many bytes from now. Once. */
    public void corrupt(Direction direction, long offset) {
        line(direction).corruptAt(offset);
    }

    /** Cuts all connections. */
    public void cutAll() {
        wires.forEach(Wire::cut);
    }

    /** Resets every new connection. */
    public void refuse() {
        refusing = true;
    }

    /** Takes all faults away and lets pass what was kept back. */
    public void heal() {
        refusing = false;
        toServer.heal();
        toClient.heal();
    }

    /** How many bytes have passed since the start. */
    public long passed(Direction direction) {
        return line(direction).passed();
    }

    /** How many connections there are. */
    public int connections() {
        return wires.size();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            heal();
            cutAll();
        }
    }

    private Line line(Direction direction) {
        return direction == Direction.TO_SERVER ? toServer : toClient;
    }

    private void acceptAll() {
        while (listener.isOpen()) {
            try {
                carry(listener.accept());
            } catch (IOException e) {
                // that connection failed, or this network is closed
            }
        }
    }

    private void carry(SocketChannel client) throws IOException {
        if (refusing) {
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
            client.close();
            return;
        }
        Address to = server;
        try {
            SocketChannel beyond = SocketChannel.open(new InetSocketAddress(to.host(), to.port()));
            new Wire(client, beyond, toServer, toClient, wires).start();
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }
}
