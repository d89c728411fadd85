package holdfast.server.callback;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.server.callback.Marks.Arrival;
import holdfast.server.callback.SimulatedClient.Flight;
import holdfast.server.callback.Term.Debt;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Renewal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A leader with some clients and vnodes, in one thread, every step drawn from a seed: reads whose
 * answers are late, changes that touch more than expected, breaks that overtake answers, channels
 * that fail, clients that stand still, repeated requests, new terms. After each step no client may
 * hold a promise on something older than a change that was answered.
 */
final class SimulatedGroup {
    private static final int FILES = 5;
    private static final CallbackSettings SETTINGS =
            new CallbackSettings(Duration.ofSeconds(10), Duration.ofSeconds(1), 6, 3, 4);

    private final Random random;
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final Map<Long, Long> numbers = new HashMap<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<Changing> changes = new ArrayList<>();
    private final List<Pending> replies = new ArrayList<>();
    private final List<Done> done = new ArrayList<>();
    private long nowNanos = 1_000_000_000L;
    private Term term;
    final Deque<String> trace = new ArrayDeque<>();
    int answered;
    int promised;
    int broken;

    /**
     * What a client is told.
     *
     * @param vnodes the promises given, by vnode: at which number, or below 0 for none
     * @param change whether it answers a change, so that what is not promised is given up
     */
    record Reply(
            Flight flight,
            long term,
            boolean change,
            Map<Long, Long> vnodes,
            Map<Long, Long> lists,
            Map<Long, Long> answeredVnodes,
            Map<Long, Long> answeredLists) {}

    private record Pending(SimulatedClient client, Reply reply) {}

    private record Read(
            SimulatedClient client, Flight flight, Term term, long stamp, List<Broken> seen) {}

    private record Done(SimulatedClient client, List<Broken> touched) {}

    private static final class Changing {
        final SimulatedClient client;
        final Flight flight;
        final Term mine;
        final Arrival arrival;
        final boolean early;
        List<Broken> touched = List.of();
        final List<Debt> debts = new ArrayList<>();
        int stage;
        boolean again;

        Changing(SimulatedClient client, Flight flight, Term mine, Arrival arrival, boolean early) {
            this.client = client;
            this.flight = flight;
            this.mine = mine;
            this.arrival = arrival;
            this.early = early;
        }
    }

    SimulatedGroup(long seed) {
        random = new Random(seed);
        for (long file = 1; file <= FILES; file++) {
            numbers.put(file, 1L);
        }
        for (long id = 1; id <= 3; id++) {
            clients.add(new SimulatedClient(id));
        }
        term = new Term(1, SETTINGS, List.of(), nowNanos);
        clients.forEach(client -> {
            term.add(client.id);
            connect(client);
        });
    }

    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            step();
            check();
        }
    }

    /** Keeps the last things that happened, for whoever looks for a fault. */
    @SuppressWarnings("AnnotateFormatMethod")
    private void say(String format, Object... what) {
        trace.add(String.format(format, what));
        if (trace.size() > 150) {
            trace.removeFirst();
        }
    }

    private void step() {
        SimulatedClient client = clients.get(random.nextInt(clients.size()));
        switch (random.nextInt(24)) {
            case 0, 1, 2 -> beginRead(client);
            case 3, 4, 5 -> seeRead();
            case 6, 7, 8, 9 -> endRead();
            case 10, 11 -> beginChange(client);
            case 12, 13, 14 -> moveChange();
            case 15, 16 -> deliverReply();
            case 17 -> client.askForRenewal(nowNanos);
            case 18, 19 -> client.receive(nowNanos);
            case 20, 21 -> hear(client);
            case 22 -> pass(client);
            default -> rare(client);
        }
    }

    private void pass(SimulatedClient client) {
        nowNanos += Duration.ofMillis(random.nextInt(1_500)).toNanos();
        client.askForRenewal(nowNanos);
        while (!client.outgoing.isEmpty() || !client.incoming.isEmpty()) {
            hear(client);
            client.receive(nowNanos);
        }
    }

    private void rare(SimulatedClient client) {
        switch (random.nextInt(8)) {
            case 0 -> connect(client);
            case 1 -> nowNanos += Duration.ofSeconds(random.nextInt(12)).toNanos();
            case 2 -> newTerm();
            case 3 -> dropSome(client);
            case 4 -> term.expire(nowNanos);
            case 5, 6 -> repeat();
            default -> clients.forEach(each -> each.askForRenewal(nowNanos));
        }
    }

    private void dropSome(SimulatedClient client) {
        List<Long> some = List.copyOf(client.vnodes.keySet());
        some.forEach(client.vnodes::remove);
        some.forEach(client.lists::remove);
        client.outgoing.add(client.message().addAllDropped(some).build());
    }

    private void newTerm() {
        term = new Term(
                term.number() + 1, SETTINGS, clients.stream().map(c -> c.id).toList(), nowNanos);
        clients.forEach(this::connect);
        say("term %s begins", term.number());
    }

    private static String flat(Object message) {
        return message.toString().replaceAll("\\s+", " ");
    }

    private void connect(SimulatedClient client) {
        client.reconnect();
        term.client(client.id)
                .ifPresent(known -> known.attach(new Client.Outlet() {
                    @Override
                    public boolean offer(FromServer message) {
                        broken += message.hasBreak() ? 1 : 0;
                        say("to %s: %s", client.id, flat(message));
                        client.incoming.add(message);
                        return true;
                    }

                    @Override
                    public void close() {
                        // What was offered stays on its way until the client connects anew.
                    }
                }));
    }

    private void hear(SimulatedClient from) {
        FromClient message = from.outgoing.poll();
        if (message == null) {
            return;
        }
        Client client = term.client(from.id).orElseThrow();
        say("from %s: %s", from.id, flat(message));
        if (message.getTerm() == term.number()) {
            term.isBack(client);
            term.acknowledge(client, message.getHandled());
        }
        message.getDroppedList().forEach(file -> term.giveUp(client, file, nowNanos));
        if (message.getRenew()) {
            boolean extended = term.renew(client, nowNanos);
            from.incoming.add(FromServer.newBuilder()
                    .setRenewal(Renewal.newBuilder()
                            .setRenewal(message.getRenewal())
                            .setTerm(term.number())
                            .setLeaseMillis(extended ? 10_000 : 0)
                            .setLastBreak(client.lastBreak()))
                    .build());
        }
    }

    // ---- reads: stamp, read, note, answer -------------------------------------------------------

    private void beginRead(SimulatedClient client) {
        reads.add(new Read(client, client.new Flight(), term, term.stamp(), new ArrayList<>()));
    }

    private void seeRead() {
        List<Read> open = reads.stream().filter(read -> read.seen.isEmpty()).toList();
        if (!open.isEmpty()) {
            Read read = open.get(random.nextInt(open.size()));
            for (long file = 1; file <= FILES; file++) {
                if (random.nextInt(3) == 0) {
                    read.seen.add(touch(file, numbers.getOrDefault(file, 0L)));
                }
            }
        }
    }

    private Broken touch(long file, long number) {
        int kinds = 1 + random.nextInt(3);
        return Broken.newBuilder()
                .setFile(file)
                .setChangeNumber(number)
                .setVnode((kinds & 1) != 0)
                .setEntries((kinds & 2) != 0)
                .build();
    }

    private void endRead() {
        List<Read> open = reads.stream().filter(read -> !read.seen.isEmpty()).toList();
        if (open.isEmpty()) {
            return;
        }
        Read read = open.get(random.nextInt(open.size()));
        reads.remove(read);
        Map<Long, Long> vnodes = new HashMap<>();
        Map<Long, Long> lists = new HashMap<>();
        for (Broken seen : read.seen) {
            Scope wanted = new Scope(seen.getFile(), seen.getVnode(), seen.getEntries());
            Scope given = read.term == term
                    ? term.note(
                            term.client(read.client.id).orElseThrow(),
                            wanted,
                            seen.getChangeNumber(),
                            read.stamp,
                            nowNanos)
                    : new Scope(seen.getFile(), false, false);
            promised += given.isEmpty() ? 0 : 1;
            say(
                    "%s reads %s of term %s: %s",
                    read.client.id, flat(seen), read.term.number(), given);
            if (seen.getVnode()) {
                vnodes.put(seen.getFile(), sign(given.vnode(), seen.getChangeNumber()));
            }
            if (seen.getEntries()) {
                lists.put(seen.getFile(), sign(given.entries(), seen.getChangeNumber()));
            }
        }
        answer(
                read.client,
                new Reply(
                        read.flight, read.term.number(), false, vnodes, lists, Map.of(), Map.of()));
    }

    private static long sign(boolean promised, long number) {
        return promised ? number : -number;
    }

    private void answer(SimulatedClient client, Reply reply) {
        replies.add(new Pending(client, reply));
    }

    private void deliverReply() {
        if (!replies.isEmpty()) {
            Pending pending = replies.remove(random.nextInt(replies.size()));
            say("%s takes %s", pending.client.id, pending.reply);
            pending.client.take(pending.reply, nowNanos);
        }
    }

    // ---- changes: arrive, apply, break, wait, answer --------------------------------------------

    private void beginChange(SimulatedClient client) {
        if (!term.isAlone(nowNanos) || changes.size() > 3) {
            return;
        }
        List<Scope> expected = new ArrayList<>();
        for (Broken touched : someFiles()) {
            expected.add(new Scope(touched.getFile(), touched.getVnode(), touched.getEntries()));
        }
        Changing change = new Changing(
                client,
                client.new Flight(),
                term,
                term.arrive(client.id, expected),
                random.nextBoolean());
        if (change.early) {
            change.debts.addAll(term.breakEarly(change.arrival, nowNanos));
        }
        changes.add(change);
    }

    private List<Broken> someFiles() {
        List<Broken> some = new ArrayList<>();
        for (long file = 1; file <= FILES; file++) {
            if (random.nextInt(4) == 0) {
                some.add(touch(file, 0));
            }
        }
        return some;
    }

    private void moveChange() {
        if (changes.isEmpty()) {
            return;
        }
        Changing change = changes.get(random.nextInt(changes.size()));
        switch (change.stage) {
            case 0 -> apply(change);
            case 1 -> breakTouched(change);
            default -> finish(change);
        }
    }

    private void apply(Changing change) {
        Map<Long, Broken> touched = new HashMap<>();
        for (Scope scope : change.arrival.scopes()) {
            touched.put(scope.file(), broken(scope));
        }
        if (random.nextInt(4) == 0) { // somebody else came between: something else is touched
            touched.clear();
            someFiles().forEach(item -> touched.put(item.getFile(), item));
        }
        change.touched = touched.values().stream()
                .map(item -> item.toBuilder()
                        .setChangeNumber(numbers.merge(item.getFile(), 1L, Long::sum))
                        .build())
                .toList();
        say(
                "%s changed %s, expected %s",
                change.client.id, flat(change.touched), change.arrival.scopes());
        change.stage = 1;
    }

    private static Broken broken(Scope scope) {
        return Broken.newBuilder()
                .setFile(scope.file())
                .setVnode(scope.vnode())
                .setEntries(scope.entries())
                .build();
    }

    private void breakTouched(Changing change) {
        if (change.mine == term) {
            change.debts.addAll(term.breakTouched(change.arrival, change.touched, nowNanos));
        }
        change.stage = 2;
    }

    private void finish(Changing change) {
        if (change.mine != term) { // the outcome is unknown to whoever asked
            changes.remove(change);
            done.add(new Done(change.client, change.touched));
            change.client.lose(change.flight, change.touched);
            return;
        }
        if (!change.debts.stream().allMatch(debt -> term.isSettled(debt, nowNanos))) {
            return;
        }
        changes.remove(change);
        answer(change.client, kept(change));
        term.depart(change.arrival);
        done.add(new Done(change.client, change.touched));
        answeredToOthers(change.client, change.touched);
        answered++;
        say("answered %s: %s", change.client.id, flat(change.touched));
    }

    private Reply kept(Changing change) {
        Map<Long, Long> vnodes = new HashMap<>();
        Map<Long, Long> lists = new HashMap<>();
        Map<Long, Long> answeredVnodes = new HashMap<>();
        Map<Long, Long> answeredLists = new HashMap<>();
        for (Broken item : change.touched) {
            long file = item.getFile();
            long number = item.getChangeNumber();
            boolean now = !change.again || numbers.getOrDefault(file, 0L) == number;
            boolean vnode = (now && random.nextBoolean())
                    ? term.holdsChanged(change.arrival, file, number, nowNanos)
                    : now && term.keeps(change.arrival, Scope.vnode(file), number, nowNanos);
            boolean list = now && term.keeps(change.arrival, Scope.entries(file), number, nowNanos);
            vnodes.put(file, sign(vnode, number));
            lists.put(file, sign(list, number));
            if (item.getVnode()) {
                answeredVnodes.put(file, number);
            }
            if (item.getEntries()) {
                answeredLists.put(file, number);
            }
        }
        return new Reply(
                change.flight, term.number(), true, vnodes, lists, answeredVnodes, answeredLists);
    }

    private void answeredToOthers(SimulatedClient changer, List<Broken> touched) {
        for (SimulatedClient client : clients) {
            if (client != changer) {
                for (Broken item : touched) {
                    if (item.getVnode()) {
                        client.vnodesAnswered.merge(
                                item.getFile(), item.getChangeNumber(), Math::max);
                    }
                    if (item.getEntries()) {
                        client.listsAnswered.merge(
                                item.getFile(), item.getChangeNumber(), Math::max);
                    }
                }
            }
        }
    }

    /** A request that was carried out comes again: it is answered by the same rule. */
    private void repeat() {
        if (done.isEmpty() || !term.isAlone(nowNanos)) {
            return;
        }
        Done again = done.get(random.nextInt(done.size()));
        List<Scope> scopes = again.touched.stream()
                .map(item -> new Scope(item.getFile(), item.getVnode(), item.getEntries()))
                .toList();
        Changing change = new Changing(
                again.client,
                again.client.new Flight(),
                term,
                term.arrive(again.client.id, random.nextBoolean() ? scopes : List.of()),
                false);
        change.touched = again.touched;
        change.stage = 1;
        change.again = true;
        changes.add(change);
    }

    // ---- what must hold ------------------------------------------------------------------------

    private void check() {
        for (SimulatedClient client : clients) {
            if (client.hasLease(nowNanos)) {
                client.vnodes.forEach((file, at) -> assertThat(at)
                        .as("client %s, vnode %s", client.id, file)
                        .isGreaterThanOrEqualTo(client.vnodesAnswered.getOrDefault(file, 0L)));
                client.lists.forEach((file, at) -> assertThat(at)
                        .as("client %s, list of %s", client.id, file)
                        .isGreaterThanOrEqualTo(client.listsAnswered.getOrDefault(file, 0L)));
            }
        }
    }
}
