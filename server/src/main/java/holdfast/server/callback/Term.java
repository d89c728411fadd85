package holdfast.server.callback;

import holdfast.server.callback.Client.Outlet;
import holdfast.server.callback.Marks.Arrival;
import holdfast.server.callback.PromiseTable.Held;
import holdfast.wire.proto.Broken;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The promises of one leader's turn, and the rules for them; plain, the time comes with each call.
 *
 * <p><b>Noting.</b> A reader takes a {@linkplain #stamp stamp}, reads, and then asks for promises.
 * One is given only when no change of the vnode is under way, nor was since the stamp: so what was
 * read was current when the promise was noted, as if it had been noted before (1b).
 *
 * <p><b>Breaking.</b> What a change touched is taken out of the table and told to the clients that
 * held it. A break names the change number that the change made, but at least one more than the
 * highest number with which the client was told that it holds the promise. So it reaches every
 * promise that this table does not hold any more, also one whose answer it overtakes, also when the
 * change touched what nobody expected, and when the promise is broken only for room.
 *
 * <p><b>Waiting.</b> A change waits for each break of what it touched that another client has not
 * acknowledged, its own and earlier ones. So a repeated request waits for what the first one waited
 * for, and a change that finds a promise broken already waits for that break (1a).
 *
 * <p>The changer's own promises stay; it is told in the answer which of them hold at the new
 * number.
 */
final class Term {
    private final long number;
    private final CallbackSettings settings;
    private final long sinceNanos;
    private final Set<Long> awaited;
    private final Map<Long, Client> clients = new HashMap<>();
    private final Set<Client> owing = new LinkedHashSet<>();
    private final PromiseTable promises = new PromiseTable();
    private final Marks marks;

    /** A break that a client has to acknowledge. */
    record Debt(Client client, long number) {}

    /** Begins term {@code number}; {@code listed} may hold promises of earlier ones (rule 3). */
    Term(long number, CallbackSettings settings, Collection<Long> listed, long nowNanos) {
        this.number = number;
        this.settings = settings;
        this.sinceNanos = nowNanos;
        this.awaited = new HashSet<>(listed);
        this.marks = new Marks(settings.quietMax());
        listed.forEach(this::add);
    }

    long number() {
        return number;
    }

    /** A client that is in the committed list. */
    Client add(long id) {
        return clients.computeIfAbsent(id, c -> new Client(c, number));
    }

    Optional<Client> client(long id) {
        return Optional.ofNullable(clients.get(id));
    }

    /** The client has ended: it holds nothing and nobody waits for it. */
    void forget(long id) {
        promises.takeAll(id);
        awaited.remove(id);
        Client gone = clients.remove(id);
        if (gone != null) {
            owing.remove(gone);
            gone.endChannel();
        }
    }

    /** All channels end. */
    void endChannels() {
        clients.values().forEach(Client::endChannel);
    }

    // ---- rule 3 --------------------------------------------------------------------------------

    /** The client has given up everything of earlier terms. */
    void isBack(Client client) {
        awaited.remove(client.id());
    }

    /** Whether no client can use a promise of an earlier term any more. */
    boolean isAlone(long nowNanos) {
        if (!awaited.isEmpty() && nowNanos - endOfOthers() >= 0) {
            awaited.clear();
        }
        return awaited.isEmpty();
    }

    /** When no promise of an earlier term holds any more, whoever has not come back. */
    long endOfOthers() {
        return sinceNanos + settings.lease().toNanos();
    }

    // ---- promises ------------------------------------------------------------------------------

    /** To be taken before a read. */
    long stamp() {
        return marks.stamp();
    }

    /** Notes as much of {@code wanted}, read at {@code changeNumber} after the stamp, as may be. */
    Scope note(Client client, Scope wanted, long changeNumber, long stamp, long nowNanos) {
        Scope given = new Scope(
                wanted.file(),
                mayNote(client, Scope.vnode(wanted.file()).and(wanted), stamp, nowNanos),
                mayNote(client, Scope.entries(wanted.file()).and(wanted), stamp, nowNanos));
        if (!given.isEmpty()) {
            promises.note(client.id(), given, changeNumber);
            makeRoom(nowNanos);
        }
        return given;
    }

    private boolean mayNote(Client client, Scope scope, long stamp, long nowNanos) {
        return !scope.isEmpty()
                && client.mayHold(scope, nowNanos)
                && marks.quietSince(scope, stamp);
    }

    private void makeRoom(long nowNanos) {
        if (promises.size() > settings.promisesMax()) {
            promises.takeOldest().ifPresent(held -> breakNow(held, nowNanos));
        }
    }

    /** The client has no use for its promises on the vnode: they are broken like others (2d). */
    void giveUp(Client client, long file, long nowNanos) {
        promises.take(client.id(), file).ifPresent(held -> breakNow(held, nowNanos));
    }

    private void breakNow(Held held, long nowNanos) {
        Client client = clients.get(held.client());
        if (client != null) {
            tell(client, List.of(broken(held, 0)), nowNanos);
        }
    }

    /** How many vnodes promises are held on, each client counted. */
    int promises() {
        return promises.size();
    }

    // ---- changes -------------------------------------------------------------------------------

    /** From now on, until it departs, what the change touches gets no promise. */
    Arrival arrive(long client, List<Scope> scopes) {
        return marks.arrive(client, scopes);
    }

    void depart(Arrival arrival) {
        marks.depart(arrival);
    }

    /**
     * Breaks what is about to change before it has: {@code arrival} touches it, so that nothing new
     * is promised meanwhile. The promises' own numbers tell enough.
     */
    List<Debt> breakEarly(Arrival arrival, long nowNanos) {
        List<Broken> touched = arrival.scopes().stream()
                .map(scope -> Broken.newBuilder()
                        .setFile(scope.file())
                        .setVnode(scope.vnode())
                        .setEntries(scope.entries())
                        .build())
                .toList();
        return breakTouched(arrival, touched, nowNanos);
    }

    /** Breaks what the change touched; returns all breaks to wait for. */
    List<Debt> breakTouched(Arrival arrival, List<Broken> touched, long nowNanos) {
        Map<Client, List<Broken>> told = new LinkedHashMap<>();
        for (Broken item : touched) {
            Scope scope = new Scope(item.getFile(), item.getVnode(), item.getEntries());
            if (!expected(arrival, scope)) {
                marks.note(scope);
            }
            for (Held held : promises.take(scope, arrival.client())) {
                Client client = clients.get(held.client());
                if (client != null) {
                    told.computeIfAbsent(client, c -> new ArrayList<>())
                            .add(broken(held, item.getChangeNumber()));
                }
            }
        }
        told.forEach((client, items) -> tell(client, items, nowNanos));
        return debts(arrival.client(), touched);
    }

    private static boolean expected(Arrival arrival, Scope scope) {
        return arrival.scopes().stream()
                .anyMatch(s -> s.file() == scope.file() && scope.without(s).isEmpty());
    }

    private static Broken broken(Held held, long changeNumber) {
        return Broken.newBuilder()
                .setFile(held.scope().file())
                .setChangeNumber(Math.max(changeNumber, held.number() + 1))
                .setVnode(held.scope().vnode())
                .setEntries(held.scope().entries())
                .build();
    }

    private void tell(Client client, List<Broken> items, long nowNanos) {
        if (!client.hasLease(nowNanos)) {
            promises.takeAll(client.id());
            return;
        }
        client.breakPromises(items, nowNanos);
        owing.add(client);
        if (client.openBreaks() > settings.openMax()) {
            startAnew(client);
        }
    }

    private void startAnew(Client client) {
        client.startAnew(promises.takeAll(client.id()));
        owing.add(client);
    }

    /**
     * Who owes something of a change owes all of it: where a name led before may rest on the vnode
     * there alone, while whoever changes that name next touches just the directory.
     */
    private List<Debt> debts(long changer, List<Broken> touched) {
        if (owing.isEmpty()) {
            return List.of();
        }
        List<Scope> scopes = touched.stream()
                .map(item -> new Scope(item.getFile(), item.getVnode(), item.getEntries()))
                .toList();
        List<Debt> debts = new ArrayList<>();
        for (Client client : owing) {
            long last = scopes.stream().mapToLong(client::owes).max().orElse(0);
            if (last > 0) {
                scopes.forEach(scope -> client.owe(scope, last));
            }
            if (last > 0 && client.id() != changer) {
                debts.add(new Debt(client, last));
            }
        }
        return debts;
    }

    boolean isSettled(Debt debt, long nowNanos) {
        return clients.get(debt.client().id()) != debt.client()
                || debt.client().isSettled(debt.number(), nowNanos);
    }

    // ---- the changer's own promises ------------------------------------------------------------

    /**
     * Whether the changer holds a vnode promise on what it has changed, now at
     * {@code changeNumber}: one that it held before, or a new one when nobody else changed it
     * since.
     */
    boolean holdsChanged(Arrival arrival, long file, long changeNumber, long nowNanos) {
        Scope scope = Scope.vnode(file);
        if (keeps(arrival, scope, changeNumber, nowNanos)) {
            return true;
        }
        boolean may = mayHold(arrival.client(), scope, nowNanos)
                && expected(arrival, scope)
                && marks.isLast(scope, arrival);
        if (may) {
            promises.note(arrival.client(), scope, changeNumber);
            makeRoom(nowNanos);
        }
        return may;
    }

    /**
     * Whether the changer still holds what it held, after its change to {@code changeNumber}. What
     * it was promised at a higher number since says nothing about this one.
     */
    boolean keeps(Arrival arrival, Scope scope, long changeNumber, long nowNanos) {
        long client = arrival.client();
        boolean holds = mayHold(client, scope, nowNanos)
                && promises.holds(client, scope, changeNumber)
                && !marks.othersUnderWay(scope, client);
        if (holds) {
            promises.note(client, scope, changeNumber);
        }
        return holds;
    }

    /** What the client held of a vnode that is gone is forgotten, without a break. */
    void gone(long client, long file) {
        Optional<Held> unused = promises.take(client, file);
    }

    private boolean mayHold(long id, Scope scope, long nowNanos) {
        return client(id).map(client -> client.mayHold(scope, nowNanos)).orElse(false);
    }

    // ---- leases --------------------------------------------------------------------------------

    /** Messages for the client go to {@code outlet}, the breaks not acknowledged first. */
    void attach(Client client, Outlet outlet) {
        client.attach(outlet);
    }

    /** The client has handled breaks up to {@code number}. */
    void acknowledge(Client client, long number) {
        client.acknowledge(number);
        if (client.openBreaks() == 0 && !client.isAnew()) {
            owing.remove(client);
        }
    }

    /** Extends the client's lease, unless it has a break open for too long (2a). */
    boolean renew(Client client, long nowNanos) {
        if (!client.hasLease(nowNanos)) {
            promises.takeAll(client.id());
            owing.remove(client);
        } else if (!client.isAnew()
                && client.isLate(nowNanos, settings.patience().toNanos())) {
            startAnew(client);
        }
        if (client.isAnew()) {
            return false;
        }
        client.lease(nowNanos + settings.lease().toNanos());
        return true;
    }

    /** Takes away what clients hold whose lease has run out. */
    void expire(long nowNanos) {
        for (Client client : clients.values()) {
            if (!client.hasLease(nowNanos)) {
                promises.takeAll(client.id());
                owing.remove(client);
            }
        }
    }
}
