package holdfast.testkit.simulation;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Connections between hosts, as TCP gives them: bytes arrive in order or the connection breaks;
 * each connection has its own delays, now and then long ones (a lost packet sent again). A way from
 * one host to another may be cut, in one direction or both: what was sent waits and arrives when it
 * is whole again.
 */
public final class SimulatedNetwork {
    private static final long DELAY_NANOS_MIN = 50_000;
    private static final long DELAY_NANOS_MAX = 1_500_000;
    private static final long RESEND_NANOS_MIN = 200_000_000;
    private static final long RESEND_NANOS_MAX = 900_000_000;
    private static final int DETOUR_SHORTER = 8;

    private final Schedule schedule;
    private final SplittableRandom chance;
    private final Map<InetSocketAddress, SimulatedListener> listeners = new HashMap<>();
    private final Set<Way> cut = new HashSet<>();
    private final Set<SimulatedSocket> open = new LinkedHashSet<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private double loss;
    private long detourNanosMax;
    private int ports = 40_000;
    private int sockets;

    /** From one host to another. */
    private record Way(Host from, Host to) {}

    SimulatedNetwork(Schedule schedule, SplittableRandom chance) {
        this.schedule = schedule;
        this.chance = chance;
    }

    /** Each direction of a new connection takes up to so much longer, of its own, or nothing. */
    public void detours(Duration most) {
        detourNanosMax = most.toNanos();
    }

    /** The share of packets that are lost and sent again. */
    public void lose(double share) {
        loss = share;
    }

    /** Nothing gets from {@code from} to {@code to} any more. */
    public void cut(Host from, Host to) {
        cut.add(new Way(from, to));
    }

    /** All ways are whole again. */
    public void heal() {
        cut.clear();
        changed();
    }

    /** The way is whole again. */
    public void heal(Host from, Host to) {
        cut.remove(new Way(from, to));
        changed();
    }

    /** Resets a connection, if there is any, chosen by {@code number}. */
    public void breakConnection(int number) {
        if (!open.isEmpty()) {
            List<SimulatedSocket> all = List.copyOf(open);
            all.get(Math.floorMod(number, all.size())).reset();
        }
    }

    /** What goes over one connection, chosen by {@code number}, does not arrive for a while. */
    public void stall(Host from, Host to, int number, Duration lasts) {
        List<SimulatedSocket> some = between(from, to);
        if (!some.isEmpty()) {
            some.get(Math.floorMod(number, some.size())).stall(lasts.toNanos());
        }
    }

    /** The same for all connections that there are. */
    public void stallAll(Host from, Host to, Duration lasts) {
        between(from, to).forEach(socket -> socket.stall(lasts.toNanos()));
    }

    private List<SimulatedSocket> between(Host from, Host to) {
        return open.stream().filter(socket -> socket.joins(from, to)).toList();
    }

    /** Resets all connections of a host. */
    public void breakConnections(Host host) {
        List.copyOf(open).stream()
                .filter(socket -> socket.owner().host().equals(host))
                .forEach(SimulatedSocket::reset);
    }

    // ---- for sockets ---------------------------------------------------------------------------

    Schedule schedule() {
        return schedule;
    }

    void opened(SimulatedSocket socket) {
        open.add(socket);
    }

    void closed(SimulatedSocket socket) {
        open.remove(socket);
    }

    int nextSocket() {
        return ++sockets;
    }

    int freePort() {
        return ports++;
    }

    boolean listen(InetSocketAddress at, SimulatedListener listener) {
        return listeners.putIfAbsent(at, listener) == null;
    }

    void unlisten(InetSocketAddress at, SimulatedListener listener) {
        listeners.remove(at, listener);
    }

    @Nullable
    SimulatedListener listener(InetSocketAddress at) {
        return listeners.get(at);
    }

    boolean passes(Host from, Host to) {
        return !from.isSuspended() && !to.isSuspended() && !cut.contains(new Way(from, to));
    }

    /** By how much longer the packets of a new way take. */
    long detour() {
        if (detourNanosMax == 0) {
            return 0;
        }
        long most = chance.nextInt(2) == 0 ? detourNanosMax : detourNanosMax / DETOUR_SHORTER;
        return chance.nextInt(2) == 0 ? 0 : chance.nextLong(most);
    }

    /** How long the next packet takes. */
    long delay() {
        long plain = chance.nextLong(DELAY_NANOS_MIN, DELAY_NANOS_MAX);
        return loss > 0 && chance.nextDouble() < loss
                ? plain + chance.nextLong(RESEND_NANOS_MIN, RESEND_NANOS_MAX)
                : plain;
    }

    /**
     * Lets {@code action} happen, outside all processes, once something got from one host to the
     * other.
     */
    public void send(Host from, Host to, Runnable action) {
        send(from, to, 0, action);
    }

    void send(Host from, Host to, long moreNanos, Runnable action) {
        schedule.in(delay() + moreNanos, () -> {
            if (passes(from, to)) {
                action.run();
            } else {
                waiting.add(() -> send(from, to, action));
            }
        });
    }

    /** Ways were cut or made whole: what waits tries again. */
    void changed() {
        List<Runnable> all = new ArrayList<>(waiting);
        waiting.clear();
        all.forEach(Runnable::run);
    }
}
