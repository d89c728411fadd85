package holdfast.server.callback;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.callback.Marks.Arrival;
import holdfast.server.callback.Term.Debt;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Transport.Channel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The promises that this member has made while it leads: noting them, breaking them, and waiting
 * until each client concerned has acknowledged or its lease has run out (rules 1 to 3). The rules
 * are in {@link Term}; here are the lock, the waits and the channels. Safe for many threads.
 */
public final class Callbacks {
    /** Waits look again after this: the ticker may run on where the machine's waits stand still. */
    private static final long RECHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final CallbackSettings settings;
    private final Ticker ticker;
    private final Group group;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private Term term;

    /** What callbacks need to know of their group. */
    public interface Group {
        /** The term in which this member leads, confirmed under the leader's lease. */
        long confirmLeadership(Deadline deadline);

        /** The version of the cell's map that this server knows. */
        long mapVersion();

        /** Whether the committed client list has this client. */
        boolean knows(long client);

        /** A renewal of this client has come. */
        void heard(long client);
    }

    /** No promises, as long as this member does not lead. */
    public Callbacks(CallbackSettings settings, Ticker ticker, Group group) {
        this.settings = settings;
        this.ticker = ticker;
        this.group = group;
        this.term = new Term(0, settings, List.of(), ticker.nanos());
    }

    /** Times and bounds. */
    public CallbackSettings settings() {
        return settings;
    }

    /**
     * This member leads; {@code listed} are the clients in the committed list, which former leaders
     * may have promised something (rule 3).
     */
    public void gained(long newTerm, Collection<Long> listed) {
        begin(new Term(newTerm, settings, listed, ticker.nanos()));
    }

    /** This member does not lead any more; its promises are void and its channels end. */
    public void lost() {
        begin(new Term(0, settings, List.of(), ticker.nanos()));
    }

    private void begin(Term next) {
        lock.lock();
        try {
            term.endChannels();
            term = next;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The client was added to the committed list; from now on it may be promised something. */
    public void registered(long client) {
        lock.lock();
        try {
            term.add(client);
        } finally {
            lock.unlock();
        }
    }

    /** The client is gone, or silent for so long that all it held has run out. */
    public void forget(Collection<Long> clients) {
        lock.lock();
        try {
            clients.forEach(term::forget);
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Frees what is kept for clients whose leases have run out. */
    public void expire() {
        lock.lock();
        try {
            term.expire(ticker.nanos());
        } finally {
            lock.unlock();
        }
    }

    /** On how many vnodes promises are held, each client counted. */
    public long promises() {
        lock.lock();
        try {
            return term.promises();
        } finally {
            lock.unlock();
        }
    }

    // ---- reads ---------------------------------------------------------------------------------

    /** A moment before a read, in a term. */
    public record Stamp(long term, long arrivals) {}

    /**
     * What a reader wants to be promised.
     *
     * @param changeNumber that it has read
     */
    public record Wanted(Scope scope, long changeNumber) {}

    /** To be taken before the read, in the term that was confirmed after the request came. */
    public Stamp stamp(long confirmed) {
        lock.lock();
        try {
            return new Stamp(term.number() == confirmed ? confirmed : 0, term.stamp());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Promises the client what it has read since the stamp: as much of each as may be, in order.
     * Nothing without a lease, nor of what is being changed or was since the stamp (1b).
     */
    public List<Scope> promise(long client, Stamp stamp, List<Wanted> wanted) {
        lock.lock();
        try {
            Optional<Client> known = term.number() == stamp.term && stamp.term != 0
                    ? term.client(client)
                    : Optional.empty();
            long now = ticker.nanos();
            List<Scope> given = new ArrayList<>(wanted.size());
            for (Wanted each : wanted) {
                given.add(known.map(who ->
                                term.note(who, each.scope, each.changeNumber, stamp.arrivals, now))
                        .orElse(new Scope(each.scope.file(), false, false)));
            }
            return given;
        } finally {
            lock.unlock();
        }
    }

    // ---- changes -------------------------------------------------------------------------------

    /**
     * A change by {@code client} has arrived, which will touch {@code scopes} as far as can be told
     * before it is applied. {@code confirmed} is the term in which this member led after it came.
     * Waits first until no client can use promises of earlier terms (rule 3); TIMED_OUT when that
     * takes too long. To be closed when it is answered.
     */
    public Change arrive(long client, List<Scope> scopes, long confirmed, Deadline deadline) {
        lock.lock();
        try {
            requireTerm(confirmed);
            Term now = term;
            while (!now.isAlone(ticker.nanos())) {
                waitForMove(now, now.endOfOthers(), deadline, FailureCode.TIMED_OUT);
            }
            return new Change(now, now.arrive(client, scopes));
        } finally {
            lock.unlock();
        }
    }

    /** A change under way. Not for several threads at once. */
    public final class Change implements AutoCloseable {
        private final Term mine;
        private final Arrival arrival;
        private final Set<Debt> debts = new HashSet<>();

        private Change(Term mine, Arrival arrival) {
            this.mine = mine;
            this.arrival = arrival;
        }

        /** The term in which it arrived. */
        public long term() {
            return mine.number();
        }

        /** Breaks what it will touch, before it is proposed, to save the wait after it. */
        public void breakEarly() {
            within(() -> debts.addAll(mine.breakEarly(arrival, ticker.nanos())));
        }

        /** Breaks what it has touched. */
        public void applied(List<Broken> touched) {
            within(() -> debts.addAll(mine.breakTouched(arrival, touched, ticker.nanos())));
        }

        /**
         * Waits until each other client concerned has acknowledged or its lease has run out (1a).
         * INDETERMINATE when the deadline comes first, or another term: the change is committed,
         * but it can't be said that nobody uses the old state.
         */
        public void awaitOthers(Deadline deadline) {
            lock.lock();
            try {
                for (Debt debt : debts) {
                    while (!mine.isSettled(debt, ticker.nanos())) {
                        long end = debt.client().leaseEndNanos();
                        waitForMove(mine, end, deadline, FailureCode.INDETERMINATE);
                    }
                }
                if (term != mine) {
                    throw FailureException.of(
                            FailureCode.INDETERMINATE, "another leader's term has begun");
                }
            } finally {
                lock.unlock();
            }
        }

        /** Whether the changer has a vnode promise on what it changed, at this number. */
        public boolean holdsChanged(long file, long changeNumber) {
            return see(() -> mine.holdsChanged(arrival, file, changeNumber, ticker.nanos()));
        }

        /** Whether the changer still has the promise that it had before, now at this number. */
        public boolean keeps(Scope scope, long changeNumber) {
            return see(() -> mine.keeps(arrival, scope, changeNumber, ticker.nanos()));
        }

        /**
         * The change took the vnode's last name, and its answer says so: nothing of it will change
         * any more, and the changer uses nothing of it. Others' promises are broken as always.
         */
        public void gone(long file) {
            within(() -> mine.gone(arrival.client(), file));
        }

        private void within(Runnable step) {
            boolean unused = see(() -> {
                step.run();
                return true;
            });
        }

        private boolean see(java.util.function.BooleanSupplier step) {
            lock.lock();
            try {
                return term == mine && step.getAsBoolean();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                mine.depart(arrival);
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Waits a moment, at most until {@code endNanos}; callers look again, in loops. Fails with
     * {@code code} at the deadline, or when another term has begun.
     */
    @SuppressWarnings("WaitNotInLoop")
    private void waitForMove(Term mine, long endNanos, Deadline deadline, FailureCode code) {
        if (term != mine) {
            throw code == FailureCode.TIMED_OUT
                    ? FailureException.of(FailureCode.NOT_LEADER, "another term has begun")
                    : FailureException.of(code, "another leader's term has begun");
        }
        long left = deadline.leftNanos();
        if (left <= 0) {
            throw FailureException.of(code, "other clients did not give up in time what they hold");
        }
        long most = Math.clamp(endNanos - ticker.nanos(), 1, RECHECK_NANOS);
        try {
            var unused = moved.awaitNanos(Math.min(left, most));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(
                    code == FailureCode.TIMED_OUT ? FailureCode.CANCELLED : code,
                    "interrupted while waiting for other clients");
        }
    }

    // ---- channels ------------------------------------------------------------------------------

    /**
     * Serves a client's callback channel until it ends. UNKNOWN_CLIENT when it is not registered;
     * NOT_LEADER when another term begins.
     */
    public void serve(RequestHeader header, Channel<FromServer, FromClient> channel) {
        new CallbackChannel(this, group, header.getClient(), channel, ticker).serve();
    }

    /** Does something with the client in this term; NOT_LEADER or UNKNOWN_CLIENT else. */
    <T> T with(long client, long served, Function<Client, T> step) {
        lock.lock();
        try {
            requireTerm(served);
            T result = step.apply(term.client(client).orElseThrow(() -> {
                return FailureException.of(
                        FailureCode.UNKNOWN_CLIENT,
                        "client " + Long.toHexString(client) + " is not registered here");
            }));
            moved.signalAll();
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** The client's channel has ended. */
    void detach(Client client, Outbox outbox) {
        lock.lock();
        try {
            client.detach(outbox);
        } finally {
            lock.unlock();
        }
    }

    /** The term; only within {@link #with}. */
    Term term() {
        if (!lock.isHeldByCurrentThread()) {
            throw new IllegalStateException("the term belongs to whoever holds the lock");
        }
        return term;
    }

    private void requireTerm(long served) {
        if (term.number() != served) {
            throw FailureException.of(FailureCode.NOT_LEADER, "another term has begun");
        }
    }
}
