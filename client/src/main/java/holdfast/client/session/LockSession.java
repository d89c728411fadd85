package holdfast.client.session;

import holdfast.client.session.Environment.Moment;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.CloseSession;
import holdfast.wire.proto.OpenSession;
import holdfast.wire.proto.OpenSessionReply;
import holdfast.wire.proto.ReportRaised;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Token;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * This process' session with the locking service and the locks it holds (rule 4).
 *
 * <p>The session is opened with the first lock and kept alive by {@link Heartbeats}. When it has
 * lapsed by this client's own clock, or the service says so, every lock of it is lost; the next
 * lock opens a new one.
 */
public final class LockSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LockSession.class);
    private static final Duration FAREWELL = Duration.ofMillis(500);

    /** A session that was opened, and its time by this client's clock. */
    static final class Session {
        private final long id;
        private final Duration time;
        private final Lease alive;

        /** In which all locks held were claimed. */
        private volatile long epoch;

        /** The newest that was heard of: grants of older ones are refused. */
        private volatile long newest;

        private Session(OpenSessionReply reply, Lease alive) {
            this.id = reply.getSession();
            this.time = Duration.ofMillis(reply.getSessionMillis());
            this.alive = alive;
            this.epoch = reply.getEpoch();
            this.newest = epoch;
        }

        long id() {
            return id;
        }

        Duration time() {
            return time;
        }

        long epoch() {
            return epoch;
        }

        void epoch(long newer) {
            epoch = newer;
        }

        void sawEpoch(long newer) {
            if (newer > newest) {
                newest = newer;
            }
        }

        boolean alive() {
            return alive.generation() != 0;
        }

        void heardOf(Moment asked) {
            alive.granted(1, asked, time);
        }
    }

    private final Environment environment;
    private final ServerCalls service;
    private final Counters counters;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ReentrantLock opening = new ReentrantLock();
    private final FileGates gates = new FileGates();
    private final Map<Long, HeldLock> held = new HashMap<>();
    private final Map<Long, Runnable> awaited = new HashMap<>();
    private @Nullable Session session;
    private @Nullable Heartbeats heartbeats;
    private long newestRequest;
    private boolean closed;

    /** A session with the locking servers that {@code service} reaches. */
    LockSession(Environment environment, ServerCalls service, Counters counters) {
        this.environment = environment;
        this.service = service;
        this.counters = counters;
    }

    /** Takes a lock; see {@link LockWish}. */
    public HeldLock acquire(LockWish wish, Deadline deadline) {
        return new Acquiring(this, wish, deadline).run();
    }

    Environment environment() {
        return environment;
    }

    ServerCalls service() {
        return service;
    }

    FileGates gates() {
        return gates;
    }

    void counted() {
        counters.request();
    }

    RequestHeader header() {
        return RequestHeader.newBuilder().setCaller(environment.caller()).build();
    }

    /** The living session; opened when there is none. */
    Session session(Deadline deadline) {
        opening.lock();
        try {
            Session known = living();
            return known != null ? known : open(deadline);
        } finally {
            opening.unlock();
        }
    }

    private @Nullable Session living() {
        lock.lock();
        try {
            if (closed) {
                throw FailureException.of(FailureCode.CANCELLED, "the connection is closed");
            }
            Session known = session;
            if (known != null && !known.alive()) {
                lapse(known);
                return null;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    private Session open(Deadline deadline) {
        Moment asked = environment.now();
        counters.request();
        OpenSessionReply reply = service.ask(
                LockingMethods.OPEN_SESSION, OpenSession.getDefaultInstance(), deadline);
        Session fresh = new Session(reply, new Lease(environment));
        fresh.heardOf(asked);
        lock.lock();
        try {
            session = fresh;
            heartbeats = new Heartbeats(this, fresh);
            environment.start("holdfast-heartbeats", heartbeats);
            return fresh;
        } finally {
            lock.unlock();
        }
    }

    /** Ends {@code which}: its locks are lost for {@code reason}. */
    void end(Session which, String reason) {
        List<HeldLock> lost;
        lock.lock();
        try {
            if (session != which) {
                return;
            }
            session = null;
            lost = new ArrayList<>(held.values());
            held.clear();
            awaited.values().forEach(Runnable::run);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (!lost.isEmpty()) {
            LOG.warn("{} locks are lost: {}", lost.size(), reason);
        }
        Failure why = Failure.of(FailureCode.SESSION_ENDED, "the lock was lost: " + reason);
        lost.forEach(each -> each.lose(why));
    }

    /**
     * {@code which} has lapsed by this client's clock. The service is told, since it may be a new
     * leader who waits for the word of each session before it grants anything (4c).
     */
    void lapse(Session which) {
        if (!current(which)) {
            return;
        }
        end(which, "no contact with the locking server for a whole session time");
        environment.start("holdfast-lapsed", () -> {
            CloseSession request =
                    CloseSession.newBuilder().setSession(which.id()).build();
            try {
                service.ask(LockingMethods.CLOSE_SESSION, request, environment.in(which.time()));
            } catch (FailureException e) {
                LOG.debug("the lapsed lock session will run out: {}", e.getMessage());
            }
        });
    }

    /** Whether {@code which} is the session now. */
    boolean current(Session which) {
        lock.lock();
        try {
            return session == which && !closed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A number for an Acquire, named in heartbeats until it is over; {@code breakOff} is called
     * when it should be sent anew.
     */
    long startAwaiting(Runnable breakOff) {
        lock.lock();
        try {
            awaited.put(++newestRequest, breakOff);
            return newestRequest;
        } finally {
            lock.unlock();
        }
    }

    void stopAwaiting(long request) {
        lock.lock();
        try {
            awaited.remove(request);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a grant for {@code request}, which from now on is held rather than awaited; false when
     * its session is over or its epoch older than one known (4e).
     */
    boolean accept(Session of, long request, HeldLock grant) {
        lock.lock();
        try {
            if (session != of || closed || grant.token().getEpoch() < of.newest) {
                return false;
            }
            awaited.remove(request);
            held.put(grant.file().value(), grant);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What heartbeats name. */
    record Named(List<HeldLock> held, Set<Long> awaited, long newestRequest) {}

    Named named() {
        lock.lock();
        try {
            return new Named(
                    new ArrayList<>(held.values()), new HashSet<>(awaited.keySet()), newestRequest);
        } finally {
            lock.unlock();
        }
    }

    /** Whether {@code grant} is still held. */
    boolean holds(HeldLock grant) {
        lock.lock();
        try {
            return held.get(grant.file().value()) == grant;
        } finally {
            lock.unlock();
        }
    }

    /** Stops naming {@code grant}; false when it was not held any more. */
    boolean drop(HeldLock grant) {
        lock.lock();
        try {
            return held.remove(grant.file().value(), grant);
        } finally {
            lock.unlock();
        }
    }

    /** After a new epoch: waiters ask the new leader again. */
    void askAgain() {
        lock.lock();
        try {
            awaited.values().forEach(Runnable::run);
        } finally {
            lock.unlock();
        }
    }

    /** Beats now, and returns when that beat has been answered or the deadline passed (4f). */
    void beatNow(Deadline deadline) {
        Heartbeats beating;
        lock.lock();
        try {
            beating = heartbeats;
        } finally {
            lock.unlock();
        }
        if (beating != null) {
            beating.beatNow(deadline);
        }
    }

    /** Tells the service, without waiting, that the fence is raised (4d). */
    void reportRaised(Token token) {
        environment.start("holdfast-raised", () -> {
            ReportRaised report = ReportRaised.newBuilder()
                    .setSession(token.getSession())
                    .setToken(token)
                    .build();
            Deadline limit = environment.in(Duration.ofSeconds(5));
            try {
                service.ask(LockingMethods.REPORT_RAISED, report, limit);
            } catch (FailureException e) {
                LOG.debug("the mark on {} stays: {}", token, e.getMessage());
            }
        });
    }

    /** Asks the locking service something, or has it do something, outside the session. */
    public <Q extends com.google.protobuf.Message, A extends com.google.protobuf.Message> A ask(
            holdfast.wire.transport.Method<Q, A> method, Q request, Deadline deadline) {
        counters.request();
        return method.changes()
                ? service.changeOnce(method, request, deadline)
                : service.ask(method, request, deadline);
    }

    /** The lock of {@code file} that this process holds, if it does. */
    boolean holdsAny(FileId file) {
        lock.lock();
        try {
            return held.containsKey(file.value());
        } finally {
            lock.unlock();
        }
    }

    /** Gives back all locks. */
    @Override
    public void close() {
        Session last;
        lock.lock();
        try {
            last = session;
            closed = true;
            session = null;
            held.clear();
            awaited.values().forEach(Runnable::run);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (last != null) {
            leave(last);
        }
    }

    private void leave(Session last) {
        CloseSession request = CloseSession.newBuilder().setSession(last.id()).build();
        Deadline limit = environment.in(FAREWELL);
        try {
            environment
                    .transport()
                    .call(
                            service.preferred(limit),
                            LockingMethods.CLOSE_SESSION,
                            header(),
                            request,
                            limit);
        } catch (FailureException e) {
            LOG.debug("the lock session will run out: {}", e.getMessage());
        }
    }
}
