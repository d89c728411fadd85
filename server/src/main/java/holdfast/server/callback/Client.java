package holdfast.server.callback;

import holdfast.server.callback.PromiseTable.Held;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FromServer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One client in one term: its lease, the breaks it has not acknowledged, and what of which vnode
 * these concern. Plain; the time comes with each call.
 *
 * <p>A client that acknowledges too slowly, or has too many breaks open, <em>starts anew</em>: one
 * number more stands for the break of everything it held. It is not sent but told as the last break
 * of a renewal that extends nothing; the client acknowledges it once it has given up everything.
 */
final class Client {
    private static final Outlet CLOSED = new Outlet() {
        @Override
        public boolean offer(FromServer message) {
            return false;
        }

        @Override
        public void close() {
            // It is.
        }
    };

    private final long id;
    private final long term;
    private final Deque<Open> open = new ArrayDeque<>();
    private final Map<Long, Owed> owed = new HashMap<>();
    private Outlet outlet = CLOSED;
    private long lastBreak;
    private long handled;
    private long anewNumber;
    private boolean leased;
    private long leaseEndNanos;

    /** Takes messages for a client without blocking. */
    interface Outlet {
        /** False when it takes no more; the channel ends then. */
        boolean offer(FromServer message);

        /** Ends the channel. */
        void close();
    }

    private record Open(Break message, long sinceNanos) {}

    /** The last breaks that concern a vnode's two promises; 0 for none. */
    private record Owed(long vnode, long entries) {
        static final Owed NOTHING = new Owed(0, 0);

        Owed with(Scope scope, long number) {
            return new Owed(
                    scope.vnode() ? Math.max(number, vnode) : vnode,
                    scope.entries() ? Math.max(number, entries) : entries);
        }

        long last(Scope scope) {
            return Math.max(scope.vnode() ? vnode : 0, scope.entries() ? entries : 0);
        }

        boolean isHandled(long handled) {
            return vnode <= handled && entries <= handled;
        }
    }

    Client(long id, long term) {
        this.id = id;
        this.term = term;
    }

    long id() {
        return id;
    }

    /**
     * From now on messages go here and nowhere else; the breaks not acknowledged go first, again.
     */
    void attach(Outlet to) {
        outlet.close();
        outlet = to;
        for (Open each : open) {
            if (!offer(FromServer.newBuilder().setBreak(each.message).build())) {
                return;
            }
        }
    }

    /** Messages go nowhere, if they went to {@code from} until now. */
    void detach(Outlet from) {
        if (outlet.equals(from)) {
            outlet = CLOSED;
        }
    }

    /** Its channel ends. */
    void endChannel() {
        outlet.close();
        outlet = CLOSED;
    }

    /** Hands a message to the channel, where there is one. */
    boolean offer(FromServer message) {
        if (outlet.offer(message)) {
            return true;
        }
        outlet = CLOSED;
        return false;
    }

    /** Whether promises hold now. What held before a lease that ran out is gone for good. */
    boolean hasLease(long nowNanos) {
        if (leased && leaseEndNanos - nowNanos <= 0) {
            leased = false;
            open.clear();
            owed.clear();
            handled = lastBreak;
            anewNumber = 0;
        }
        return leased;
    }

    /** When the lease ends, if nothing happens. */
    long leaseEndNanos() {
        return leaseEndNanos;
    }

    /** Whether it may be promised something now. */
    boolean mayHold(Scope scope, long nowNanos) {
        return hasLease(nowNanos)
                && anewNumber <= handled
                && owed.getOrDefault(scope.file(), Owed.NOTHING).last(scope) <= handled;
    }

    /** Breaks promises that it held, and says with which number. */
    long breakPromises(List<Broken> items, long nowNanos) {
        Break message = Break.newBuilder()
                .setNumber(++lastBreak)
                .setTerm(term)
                .addAllItems(items)
                .build();
        for (Broken item : items) {
            owe(new Scope(item.getFile(), item.getVnode(), item.getEntries()), lastBreak);
        }
        open.add(new Open(message, nowNanos));
        offer(FromServer.newBuilder().setBreak(message).build());
        return lastBreak;
    }

    /** Break {@code number} concerns {@code scope}, too: later changes of that wait for it. */
    void owe(Scope scope, long number) {
        Owed before = owed.getOrDefault(scope.file(), Owed.NOTHING);
        owed.put(scope.file(), before.with(scope, number));
    }

    /** How many breaks are not acknowledged. */
    int openBreaks() {
        return open.size();
    }

    /**
     * It starts anew; {@code held} is everything that it still held. Breaks sent before keep their
     * numbers: to acknowledge one late says as much as in time. No break is sent until it has given
     * up everything, so no later number can cover one that it never saw.
     */
    void startAnew(List<Held> held) {
        anewNumber = ++lastBreak;
        open.clear();
        held.forEach(each -> owe(each.scope(), anewNumber));
    }

    /** The last break to acknowledge that concerns {@code scope}; 0 when there is none. */
    long owes(Scope scope) {
        long last = owed.getOrDefault(scope.file(), Owed.NOTHING).last(scope);
        return last > handled ? last : 0;
    }

    /** All breaks up to {@code number} were handled. */
    void acknowledge(long number) {
        long now = Math.clamp(number, handled, lastBreak);
        if (now == handled) {
            return;
        }
        handled = now;
        while (!open.isEmpty() && open.getFirst().message.getNumber() <= handled) {
            open.removeFirst();
        }
        owed.values().removeIf(each -> each.isHandled(handled));
    }

    /** Whether it has handled break {@code number}, or may use nothing of before any more. */
    boolean isSettled(long number, long nowNanos) {
        return handled >= number || !hasLease(nowNanos);
    }

    /** Whether it is to start anew before anything else. */
    boolean isAnew() {
        return anewNumber > handled;
    }

    /** Whether a break has been open for longer than {@code patienceNanos}. */
    boolean isLate(long nowNanos, long patienceNanos) {
        return !open.isEmpty() && nowNanos - open.getFirst().sinceNanos > patienceNanos;
    }

    /** Its promises hold until {@code endNanos}. */
    void lease(long endNanos) {
        leased = true;
        leaseEndNanos = endNanos;
    }

    long lastBreak() {
        return lastBreak;
    }
}
