package holdfast.wire.transport;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.ClientConnection.Call;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connections to one server. The one used last is used next, so that the others grow old and
 * are closed.
 */
final class ConnectionPool implements Vigil.Watched {
    private final Address address;
    private final TcpTransport.Settings settings;
    private final Ticker ticker;
    private final Alarm sweep;
    private final Vigil vigil;
    private final Semaphore places;
    private final Semaphore waitingPlaces;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<ClientConnection> idle = new ArrayDeque<>();
    private boolean sweeping;
    private final Set<ClientConnection> all = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    ConnectionPool(Address address, TcpTransport.Settings settings, Ticker ticker) {
        this.address = address;
        this.settings = settings;
        this.ticker = ticker;
        this.sweep = new Alarm(ticker, this::closeOld);
        this.vigil = new Vigil(ticker, this);
        this.places = new Semaphore(settings.connectionsMax());
        this.waitingPlaces = new Semaphore(Math.ceilDiv(settings.connectionsMax() * 3, 4));
    }

    /** A connection with its call's deadline set, and whether it was used before. */
    record Lease(ClientConnection connection, boolean used) {}

    /** Takes a place for a call; calls that may wait long never take all of them. */
    void enter(boolean waits, Deadline deadline) {
        try {
            if (waits) {
                enter(waitingPlaces, deadline);
            }
            try {
                enter(places, deadline);
            } catch (InterruptedException | FailureException e) {
                if (waits) {
                    waitingPlaces.release();
                }
                throw e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(
                    FailureCode.CANCELLED, "interrupted before anything was sent");
        }
    }

    private void enter(Semaphore semaphore, Deadline deadline) throws InterruptedException {
        if (!semaphore.tryAcquire()
                && !semaphore.tryAcquire(deadline.leftNanos(), TimeUnit.NANOSECONDS)) {
            throw FailureException.of(
                    FailureCode.TIMED_OUT,
                    "all " + settings.connectionsMax() + " connections were in use");
        }
    }

    void leave(boolean waits) {
        places.release();
        if (waits) {
            waitingPlaces.release();
        }
    }

    /** A sound connection, used before or new. */
    Lease take(Role wanted, Deadline deadline) throws IOException {
        for (Optional<ClientConnection> old = poll(); old.isPresent(); old = poll()) {
            ClientConnection connection = old.get();
            boolean fresh = ticker.nanos() - connection.idleSince() < settings.freshNanos();
            if (fresh || !connection.link().isStale()) {
                connection.arm(deadline);
                return new Lease(connection, true);
            }
            discard(connection);
        }
        return new Lease(open(wanted, deadline), false);
    }

    private Optional<ClientConnection> poll() {
        lock.lock();
        try {
            return Optional.ofNullable(idle.pollFirst());
        } finally {
            lock.unlock();
        }
    }

    /** A new connection that has been greeted, its deadline set. */
    ClientConnection open(Role wanted, Deadline deadline) throws IOException {
        SocketChannel channel = SocketChannel.open();
        ClientConnection connection;
        try {
            connection = new ClientConnection(channel, ticker, vigil::heard);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        all.add(connection);
        try {
            connection.arm(deadline.atMost(settings.connectTimeout()));
            connect(channel);
            connection.greet(wanted);
            connection.arm(deadline);
            if (closed) {
                throw new IOException("this program closed its connections");
            }
            return connection;
        } catch (IOException e) {
            boolean inTime = connection.disarm();
            discard(connection);
            if (inTime) {
                throw e;
            }
            SocketTimeoutException late = new SocketTimeoutException("it did not answer in time");
            late.initCause(e);
            throw late;
        } catch (RuntimeException e) {
            connection.disarm();
            discard(connection);
            throw e;
        }
    }

    private void connect(SocketChannel channel) throws IOException {
        try {
            channel.connect(new InetSocketAddress(address.host(), address.port()));
        } catch (UnresolvedAddressException e) {
            throw new IOException("unknown host " + address.host(), e);
        }
    }

    /** A call begins on {@code connection}; unless it waits, it should be answered soon. */
    void begins(ClientConnection connection, boolean waits) {
        connection.begins(waits ? Call.WAITS : Call.SHORT);
        if (!waits) {
            vigil.keep();
        }
    }

    @Override
    public boolean isCalled() {
        return all.stream().anyMatch(each -> each.call() == Call.SHORT);
    }

    @Override
    public List<ClientConnection> called() {
        return all.stream().filter(each -> each.call() != Call.NONE).toList();
    }

    @Override
    public void greet(Deadline deadline) throws IOException {
        ClientConnection connection = open(Role.ROLE_NONE, deadline);
        connection.disarm();
        discard(connection);
    }

    /** Takes a connection back after a call; it must be disarmed. */
    void giveBack(ClientConnection connection) {
        connection.idleFrom(ticker.nanos());
        if (!connection.sound() || !keep(connection)) {
            discard(connection);
        }
    }

    private boolean keep(ClientConnection connection) {
        lock.lock();
        try {
            if (closed || idle.size() >= settings.idleMax()) {
                return false;
            }
            idle.addFirst(connection);
            planSweep();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void planSweep() {
        if (!sweeping) {
            sweeping = true;
            sweep.in(settings.idleTime().toNanos());
        }
    }

    void discard(ClientConnection connection) {
        connection.close();
        all.remove(connection);
    }

    /** Closes all of them, also those in use. */
    void close() {
        lock.lock();
        try {
            closed = true;
            idle.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(this::discard);
    }

    /** How many connections are open. */
    int size() {
        return all.size();
    }

    private void closeOld() {
        List<ClientConnection> old = new ArrayList<>();
        lock.lock();
        try {
            sweeping = false;
            while (!idle.isEmpty() && isOld(idle.getLast())) {
                old.add(idle.removeLast());
            }
            if (!idle.isEmpty()) {
                planSweep();
            }
        } finally {
            lock.unlock();
        }
        old.forEach(this::discard);
    }

    private boolean isOld(ClientConnection connection) {
        return ticker.nanos() - connection.idleSince() >= settings.idleTime().toNanos();
    }
}
