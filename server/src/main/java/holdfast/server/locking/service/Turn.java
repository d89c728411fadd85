package holdfast.server.locking.service;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.locking.Ask;
import holdfast.server.locking.Held;
import holdfast.server.locking.LockTable;
import holdfast.server.locking.Sessions;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * One leader's turn: its lock table, the sessions as it sees them, and the threads that wait for
 * grants. Ends when leadership is lost; everything in it is forgotten then (rule 4b). Safe for many
 * threads; its lock is held around memory only.
 */
final class Turn {
    private static final class Waiting {
        private final Condition changed;
        private Deadline due;
        private int threads;

        Waiting(Condition changed, Deadline due) {
            this.changed = changed;
            this.due = due;
        }

        void until(Deadline other) {
            if (other.leftNanos() < due.leftNanos()) {
                due = other;
            }
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Ask.Key, Waiting> waiting = new HashMap<>();
    private final Map<Long, Live> sessions = new HashMap<>();
    private final LockTable table;
    private final long term;
    private final Ticker ticker;
    private final Duration sessionTime;
    private final long startNanos;
    private long sweptNanos;
    private boolean over;

    Turn(long term, Sessions committed, Ticker ticker, Duration sessionTime) {
        this.term = term;
        this.ticker = ticker;
        this.sessionTime = sessionTime;
        startNanos = ticker.nanos();
        sweptNanos = startNanos;
        committed.live().keySet().forEach(id -> sessions.put(id, new Live(startNanos, false)));
        table = new LockTable(committed.epoch(), sessions.isEmpty());
    }

    long term() {
        return term;
    }

    /** Leadership is lost: whoever waits is told, and nothing is granted any more. */
    void end() {
        locked(() -> {
            over = true;
            waiting.values().forEach(each -> each.changed.signalAll());
        });
    }

    void added(long session) {
        locked(() -> sessions.putIfAbsent(session, new Live(ticker.nanos(), true)));
    }

    /** Looks at the table, or changes it; NOT_LEADER when the turn is over. */
    <R> R with(Function<LockTable, R> work) {
        lock.lock();
        try {
            requireTurn();
            table.at(ticker.nanos());
            return work.apply(table);
        } finally {
            lock.unlock();
        }
    }

    /** The same for a session that lives, else SESSION_ENDED. */
    <R> R withSession(long session, Function<Live, R> work) {
        return with(locks -> {
            Live live = sessions.get(session);
            if (live == null || live.ending()) {
                throw ended();
            }
            return work.apply(live);
        });
    }

    /** As a part of {@link #with}: wakes those whose asks were granted. */
    void tell(List<Held> granted) {
        granted.forEach(held -> wake(held.ask().key()));
    }

    /** As a part of {@link #with}: wakes who waits for this ask. */
    void wake(Ask.Key key) {
        Waiting waiter = waiting.get(key);
        if (waiter != null) {
            waiter.changed.signalAll();
        }
    }

    /** Opens the table for new grants once every session has claimed (rule 4c). */
    void openIfAllClaimed() {
        if (!table.isOpen() && sessions.values().stream().allMatch(Live::claimed)) {
            tell(table.open());
        }
    }

    /**
     * Waits for the lock until {@code end} or the call's deadline. The failure says who holds it.
     */
    Held acquire(Ask ask, Deadline end, Deadline call, Function<Ask, Failure.Holder> holder) {
        lock.lock();
        try {
            requireLive(ask);
            table.at(ticker.nanos());
            Optional<Held> granted = table.ask(ask);
            return granted.isPresent() ? granted.get() : await(ask, end, call, holder);
        } finally {
            lock.unlock();
        }
    }

    private Held await(Ask ask, Deadline end, Deadline call, Function<Ask, Failure.Holder> holder) {
        Waiting waiter =
                waiting.computeIfAbsent(ask.key(), key -> new Waiting(lock.newCondition(), call));
        waiter.until(end);
        waiter.threads++;
        try {
            return awaitGrant(ask, end, call, waiter, holder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "the caller does not wait any more");
        } finally {
            waiter.threads--;
            if (waiter.threads == 0) {
                waiting.remove(ask.key());
                giveUp(ask.key());
            }
        }
    }

    private Held awaitGrant(
            Ask ask,
            Deadline end,
            Deadline call,
            Waiting waiter,
            Function<Ask, Failure.Holder> holder)
            throws InterruptedException {
        while (true) {
            requireLive(ask);
            Optional<Held> granted = table.granted(ask.key());
            if (granted.isPresent()) {
                return granted.get();
            }
            if (end.passed() || call.passed()) {
                throw waitedInVain(ask, holder);
            }
            long left = Math.min(end.leftNanos(), call.leftNanos());
            var unused = waiter.changed.awaitNanos(left);
        }
    }

    private FailureException waitedInVain(Ask ask, Function<Ask, Failure.Holder> holder) {
        if (!table.isOpen()) {
            return takingOver();
        }
        giveUp(ask.key());
        Failure held = Failure.of(FailureCode.LOCK_HELD, "the lock is held by someone else");
        return table.blocker(ask.file(), ask.mode())
                .map(holder)
                .map(who ->
                        Failure.of(FailureCode.LOCK_HELD, "locked by " + who).heldBy(who))
                .orElse(held)
                .exception();
    }

    static FailureException takingOver() {
        return FailureException.of(
                FailureCode.UNAVAILABLE,
                "the locking server has just taken over and waits for its clients");
    }

    /** An ask that still waits and that no thread waits for is dropped. */
    private void giveUp(Ask.Key key) {
        if (!over && table.waits(key)) {
            tell(table.cancel(key));
        }
    }

    private void requireLive(Ask ask) {
        requireTurn();
        Live live = sessions.get(ask.session());
        if (live == null || live.ending()) {
            throw ended();
        }
        if (live.cancelled(ask.key().request())) {
            throw FailureException.of(FailureCode.CANCELLED, "this request was cancelled");
        }
    }

    private void requireTurn() {
        if (over) {
            throw FailureException.of(
                    FailureCode.NOT_LEADER, "this locking server does not lead any more");
        }
    }

    private static FailureException ended() {
        return FailureException.of(
                FailureCode.SESSION_ENDED, "the lock session has ended; its locks are lost");
    }

    /** Sessions whose end is to be committed now; from here on they are refused. */
    List<Long> lapsed() {
        lock.lock();
        try {
            long now = ticker.nanos();
            reprieveAfterStandstill(now);
            List<Long> silent = new ArrayList<>();
            sessions.forEach((id, live) -> {
                if (live.ending() || live.silentFor(sessionTime.toNanos(), now)) {
                    live.end();
                    silent.add(id);
                }
            });
            wakeThoseDue();
            return over ? List.of() : silent;
        } finally {
            lock.unlock();
        }
    }

    /** Timed waits don't count suspend, deadlines do (rule 2b). */
    private void wakeThoseDue() {
        waiting.values().stream()
                .filter(each -> each.due.passed())
                .forEach(each -> each.changed.signalAll());
    }

    /** A leader that stood still heard nobody: all get a full time anew (rule 4c). */
    private void reprieveAfterStandstill(long now) {
        if (now - sweptNanos > sessionTime.toNanos() / 2) {
            sessions.values().forEach(live -> live.seen(now));
        }
        sweptNanos = now;
    }

    /** {@code session} asked for its end; whether it lives. */
    boolean closing(long session) {
        lock.lock();
        try {
            Live live = sessions.get(session);
            if (live != null) {
                live.end();
            }
            return live != null;
        } finally {
            lock.unlock();
        }
    }

    /** These ends are committed: their locks are free. */
    void ended(List<Long> committed) {
        locked(() -> {
            table.at(ticker.nanos());
            for (long session : committed) {
                sessions.remove(session);
                if (!over) {
                    table.awaitedBy(session).forEach(ask -> wake(ask.key()));
                    tell(table.end(session));
                }
            }
        });
    }

    /** After a takeover: new grants, once everybody has claimed or had the time for it. */
    void openWhenDue() {
        locked(() -> {
            table.at(ticker.nanos());
            boolean silentOnes = sessions.values().stream().anyMatch(Live::ending);
            boolean timeOver = ticker.nanos() - startNanos >= sessionTime.toNanos();
            if (!over && !table.isOpen() && timeOver && !silentOnes) {
                tell(table.open());
            } else if (!over) {
                openIfAllClaimed();
            }
        });
    }

    private void locked(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }
}
