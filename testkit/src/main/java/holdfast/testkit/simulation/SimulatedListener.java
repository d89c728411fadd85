package holdfast.testkit.simulation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;

/** Where a process of a simulated host listens. */
final class SimulatedListener extends ServerSocketChannel implements RunningProcess.Killable {
    private final SimulatedNetwork network;
    private final RunningProcess owner;
    private final Queue<SimulatedSocket> backlog = new ArrayDeque<>();
    private final Waiters accepting = new Waiters();
    private @Nullable InetSocketAddress at;

    SimulatedListener(SimulatedNetwork network, RunningProcess owner) {
        super(SelectorProvider.provider());
        this.network = network;
        this.owner = owner;
        owner.owns(this);
    }

    @Override
    public ServerSocketChannel bind(SocketAddress local, int most) throws IOException {
        InetSocketAddress wanted = (InetSocketAddress) local;
        if (!network.listen(wanted, this)) {
            throw new BindException("Address already in use");
        }
        at = wanted;
        return this;
    }

    /** A client's connection comes in. */
    boolean take(SimulatedSocket client, InetSocketAddress there) {
        if (!isOpen() || !owner.isAlive()) {
            return false;
        }
        SimulatedSocket server = new SimulatedSocket(network, owner);
        SimulatedSocket.join(client, server, there);
        backlog.add(server);
        accepting.wake();
        return true;
    }

    @Override
    public SocketChannel accept() throws IOException {
        while (backlog.isEmpty()) {
            if (!isOpen()) {
                throw new AsynchronousCloseException();
            }
            accepting.await();
        }
        return backlog.remove();
    }

    @Override
    public void killed() {
        if (at != null) {
            network.unlisten(at, this);
        }
    }

    @Override
    protected void implCloseSelectableChannel() {
        owner.disowns(this);
        killed();
        accepting.wake();
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException(name.name());
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public ServerSocket socket() {
        try {
            return new Port();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public SocketAddress getLocalAddress() {
        if (at == null) {
            throw new IllegalStateException("not bound");
        }
        return at;
    }

    @Override
    protected void implConfigureBlocking(boolean block) {}

    /** Says the port, and nothing else. */
    private final class Port extends ServerSocket {
        Port() throws IOException {}

        @Override
        public int getLocalPort() {
            return ((InetSocketAddress) getLocalAddress()).getPort();
        }
    }
}
