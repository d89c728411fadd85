package holdfast.testkit.simulation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** One end of a connection of a {@link SimulatedNetwork}. */
final class SimulatedSocket extends SocketChannel implements RunningProcess.Killable {
    private final SimulatedNetwork network;
    private final RunningProcess owner;
    private final Waiters connecting = new Waiters();
    private @Nullable Link link;
    private @Nullable IOException refusal;
    private final int number;
    private boolean answered;

    /** What a connected socket has. */
    private record Link(
            Pipe in,
            Pipe out,
            SimulatedSocket peer,
            InetSocketAddress here,
            InetSocketAddress there) {}

    SimulatedSocket(SimulatedNetwork network, RunningProcess owner) {
        super(SelectorProvider.provider());
        this.network = network;
        this.owner = owner;
        this.number = network.nextSocket();
        owner.owns(this);
    }

    /** Objects have no hash code of their own here, which would make sets slow. */
    @Override
    public int hashCode() {
        return number;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    RunningProcess owner() {
        return owner;
    }

    /** Joins two ends. */
    static void join(SimulatedSocket client, SimulatedSocket server, InetSocketAddress there) {
        SimulatedNetwork network = client.network;
        Host a = client.owner.host();
        Host b = server.owner.host();
        Pipe up = new Pipe(network, a, b);
        Pipe down = new Pipe(network, b, a);
        InetSocketAddress here = new InetSocketAddress(a.address(), network.freePort());
        client.link = new Link(down, up, server, here, there);
        server.link = new Link(up, down, client, there, here);
        up.whenRefused(() -> network.send(b, a, client::broken));
        down.whenRefused(() -> network.send(a, b, server::broken));
        network.opened(client);
        network.opened(server);
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        InetSocketAddress there = (InetSocketAddress) remote;
        Host from = owner.host();
        Host to = from.world().hostAt(there);
        network.send(from, to, () -> knock(there, from, to));
        while (!answered) {
            await(connecting);
        }
        if (refusal != null) {
            IOException why = refusal;
            close();
            throw why;
        }
        return true;
    }

    private void knock(InetSocketAddress there, Host from, Host to) {
        SimulatedListener listener = network.listener(there);
        boolean taken = listener != null && listener.take(this, there);
        network.send(to, from, () -> {
            answered = true;
            refusal = taken ? null : new ConnectException("Connection refused");
            connecting.wake();
        });
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        Pipe in = link().in();
        while (isBlocking() && in.empty() && into.hasRemaining()) {
            await(in.readers());
        }
        checkOpen();
        return in.read(into);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        Pipe out = link().out();
        while (out.full()) {
            await(out.writers());
        }
        checkOpen();
        return out.write(source);
    }

    private void await(Waiters waiters) throws IOException {
        checkOpen();
        if (Thread.currentThread().isInterrupted()) {
            close();
            throw new ClosedByInterruptException();
        }
        waiters.await();
        if (Thread.currentThread().isInterrupted()) {
            close();
            throw new ClosedByInterruptException();
        }
        if (!isOpen()) {
            throw new AsynchronousCloseException();
        }
    }

    private void checkOpen() throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private Link link() {
        if (link == null) {
            throw new NotYetConnectedException();
        }
        return link;
    }

    /** Whether this is the end at {@code from} of a connection to {@code to}. */
    boolean joins(Host from, Host to) {
        Link joined = link;
        return joined != null
                && owner.host().equals(from)
                && joined.peer().owner.host().equals(to);
    }

    void stall(long nanos) {
        link().out().stall(nanos);
    }

    /** The connection breaks, for both ends at once. */
    void reset() {
        broken();
        link().peer().broken();
    }

    private void broken() {
        link().in().reset();
        link().out().reset();
        network.closed(this);
    }

    @Override
    public void killed() {
        Link joined = link;
        network.closed(this);
        if (joined != null) {
            Host here = owner.host();
            Host there = joined.peer().owner().host();
            joined.in().readerGone();
            network.send(here, there, () -> {
                joined.peer().broken();
            });
        }
    }

    @Override
    protected void implCloseSelectableChannel() {
        owner.disowns(this);
        network.closed(this);
        connecting.wake();
        Link joined = link;
        if (joined != null) {
            joined.out().end();
            joined.in().readerGone();
            joined.out().writers().wake();
        }
    }

    // ---- what little else is asked of a socket -------------------------------------------------

    @Override
    public SocketChannel shutdownOutput() {
        link().out().end();
        return this;
    }

    @Override
    public SocketChannel shutdownInput() {
        return this;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) {
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
    public SocketChannel bind(SocketAddress local) {
        throw new UnsupportedOperationException("bind");
    }

    @Override
    public Socket socket() {
        throw new UnsupportedOperationException("socket");
    }

    @Override
    public boolean isConnected() {
        return link != null;
    }

    @Override
    public boolean isConnectionPending() {
        return false;
    }

    @Override
    public boolean finishConnect() {
        return isConnected();
    }

    @Override
    public SocketAddress getRemoteAddress() {
        return link().there();
    }

    @Override
    public SocketAddress getLocalAddress() {
        return link().here();
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw new UnsupportedOperationException("scattering read");
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new UnsupportedOperationException("gathering write");
    }

    @Override
    protected void implConfigureBlocking(boolean block) {}
}
