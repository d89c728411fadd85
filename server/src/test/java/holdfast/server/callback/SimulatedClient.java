package holdfast.server.callback;

import holdfast.server.callback.SimulatedGroup.Reply;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Renewal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A client by the letter of the rules, and no more careful than they ask: it takes a promise unless
 * a break with a higher number came while the request was under way, and gives up only what is
 * older than a break says.
 */
final class SimulatedClient {
    final long id;
    final Map<Long, Long> vnodes = new HashMap<>();
    final Map<Long, Long> lists = new HashMap<>();

    /** Per vnode: the newest change of the kind whose answer this client has to respect. */
    final Map<Long, Long> vnodesAnswered = new HashMap<>();

    final Map<Long, Long> listsAnswered = new HashMap<>();

    final Deque<FromServer> incoming = new ArrayDeque<>();
    final Deque<FromClient> outgoing = new ArrayDeque<>();
    final List<Flight> flights = new ArrayList<>();

    private final Map<Long, Long> asked = new HashMap<>();
    private long renewals;
    long term;
    long handled;
    private boolean leased;
    private long leaseEndNanos;
    private long generation;

    /** A request under way, with the breaks that came since it was sent. */
    final class Flight {
        final long sentIn = generation;
        final long sentTerm = term;
        final Map<Long, Long> brokenVnodes = new HashMap<>();
        final Map<Long, Long> brokenLists = new HashMap<>();

        Flight() {
            flights.add(this);
        }
    }

    SimulatedClient(long id) {
        this.id = id;
    }

    boolean hasLease(long nowNanos) {
        if (leased && leaseEndNanos - nowNanos <= 0) {
            giveUpAll();
        }
        return leased;
    }

    private void giveUpAll() {
        leased = false;
        generation++;
        vnodes.clear();
        lists.clear();
    }

    private void sawTerm(long seen) {
        if (seen > term) {
            term = seen;
            handled = 0;
            giveUpAll();
        }
    }

    void askForRenewal(long nowNanos) {
        asked.put(++renewals, nowNanos);
        outgoing.add(message().setRenew(true).setRenewal(renewals).build());
    }

    FromClient.Builder message() {
        return FromClient.newBuilder().setHandled(handled).setTerm(term);
    }

    void reconnect() {
        incoming.clear();
        outgoing.clear();
        asked.clear();
    }

    /** Handles the next message of the channel, where there is one. */
    void receive(long nowNanos) {
        FromServer message = incoming.poll();
        if (message == null) {
            return;
        }
        if (message.hasBreak()) {
            handle(message.getBreak());
        } else {
            handle(message.getRenewal(), nowNanos);
        }
    }

    private void handle(Break broken) {
        sawTerm(broken.getTerm());
        if (broken.getTerm() < term) {
            return;
        }
        for (Broken item : broken.getItemsList()) {
            if (item.getVnode()) {
                breakOne(item, vnodes);
                flights.forEach(f ->
                        f.brokenVnodes.merge(item.getFile(), item.getChangeNumber(), Math::max));
            }
            if (item.getEntries()) {
                breakOne(item, lists);
                flights.forEach(f ->
                        f.brokenLists.merge(item.getFile(), item.getChangeNumber(), Math::max));
            }
        }
        handled = Math.max(handled, broken.getNumber());
        outgoing.add(message().build());
    }

    private static void breakOne(Broken item, Map<Long, Long> promised) {
        promised.computeIfPresent(
                item.getFile(), (file, at) -> at < item.getChangeNumber() ? null : at);
    }

    private void handle(Renewal renewal, long nowNanos) {
        sawTerm(renewal.getTerm());
        Long since = asked.remove(renewal.getRenewal());
        if (renewal.getTerm() < term) {
            return;
        }
        if (renewal.getLeaseMillis() == 0) {
            giveUpAll();
            handled = renewal.getLastBreak();
        } else if (since != null) {
            long end = since + renewal.getLeaseMillis() * 900_000L;
            if (!hasLease(nowNanos)) {
                generation++;
            }
            leased = end - nowNanos > 0;
            leaseEndNanos = end;
        }
        outgoing.add(message().build());
    }

    /** Takes an answer, in whatever order answers come. */
    void take(Reply reply, long nowNanos) {
        flights.remove(reply.flight());
        sawTerm(reply.term());
        boolean good = hasLease(nowNanos)
                && reply.flight().sentIn == generation
                && reply.term() == term
                && reply.flight().sentTerm == term;
        reply.vnodes()
                .forEach((file, at) ->
                        takeOne(reply, file, at, good, vnodes, reply.flight().brokenVnodes));
        reply.lists()
                .forEach((file, at) ->
                        takeOne(reply, file, at, good, lists, reply.flight().brokenLists));
        reply.answeredVnodes().forEach((file, at) -> {
            vnodesAnswered.merge(file, at, Math::max);
            flights.forEach(flight -> flight.brokenVnodes.merge(file, at, Math::max));
        });
        reply.answeredLists().forEach((file, at) -> {
            listsAnswered.merge(file, at, Math::max);
            flights.forEach(flight -> flight.brokenLists.merge(file, at, Math::max));
        });
    }

    /** A change ended without a known outcome (rule 1d). */
    void lose(Flight flight, List<Broken> touched) {
        flights.remove(flight);
        for (Broken item : touched) {
            vnodes.remove(item.getFile());
            lists.remove(item.getFile());
            flights.forEach(other -> {
                other.brokenVnodes.put(item.getFile(), Long.MAX_VALUE);
                other.brokenLists.put(item.getFile(), Long.MAX_VALUE);
            });
        }
    }

    /** A number below 0 says: not promised at that number, and what was held before is given up. */
    private static void takeOne(
            Reply reply,
            long file,
            long at,
            boolean good,
            Map<Long, Long> promised,
            Map<Long, Long> broken) {
        Long held = promised.get(file);
        if (at < 0) {
            if (held != null && (reply.change() || held < -at)) {
                promised.remove(file);
            }
            return;
        }
        boolean overtaken = at < broken.getOrDefault(file, 0L);
        if (good && !overtaken && (held == null || held <= at)) {
            promised.put(file, at);
        } else if (held != null && held < at) {
            promised.remove(file);
        }
    }
}
