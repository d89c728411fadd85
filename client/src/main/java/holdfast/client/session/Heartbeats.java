package holdfast.client.session;

import holdfast.client.session.Environment.Moment;
import holdfast.client.session.LockSession.Named;
import holdfast.client.session.LockSession.Session;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.Claim;
import holdfast.wire.proto.ClaimReply;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.SessionHeartbeat;
import holdfast.wire.proto.SessionHeartbeatReply;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps a session alive: names what is held and awaited (4e), claims after a new epoch (4c), and
 * ends the session when it has lapsed by this client's own clock.
 */
final class Heartbeats implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);
    private static final int BEATS_A_SESSION = 5;

    private final LockSession locks;
    private final Session session;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long begun;
    private long answered;
    private boolean now;
    private Backoff backoff = new Backoff();

    Heartbeats(LockSession locks, Session session) {
        this.locks = locks;
        this.session = session;
    }

    @Override
    public void run() {
        try {
            while (awaitTime(session.time().dividedBy(BEATS_A_SESSION)) && locks.current(session)) {
                beatOrPause();
            }
        } catch (FailureException e) {
            LOG.debug("heartbeats end: {}", e.getMessage());
        } finally {
            wake();
        }
    }

    private void beatOrPause() {
        try {
            beat();
            backoff = new Backoff();
        } catch (FailureException e) {
            if (e.code() == FailureCode.SESSION_ENDED) {
                locks.end(session, "the locking server ended the session");
            } else if (!session.alive()) {
                locks.lapse(session);
            } else {
                LOG.debug("heartbeat: {}", e.getMessage());
                locks.service().tryNext();
                locks.environment().pause(backoff.next(), locks.environment().in(session.time()));
                soon();
            }
        }
    }

    private void beat() {
        long number = begin();
        Named named = locks.named();
        Map<Long, Long> sent = new HashMap<>();
        SessionHeartbeat.Builder beat = SessionHeartbeat.newBuilder()
                .setSession(session.id())
                .addAllAwaited(named.awaited())
                .setNewestRequest(named.newestRequest());
        for (HeldLock each : named.held()) {
            beat.addHeld(held(each));
            sent.put(each.file().value(), each.token().getNumber());
        }
        Moment asked = locks.environment().now();
        SessionHeartbeatReply reply = send(beat.build());
        if (reply.getEnded()) {
            locks.end(session, "the locking server ended the session");
        } else {
            session.heardOf(asked);
            taken(reply, named, sent);
        }
        end(number);
    }

    private static holdfast.wire.proto.HeldLock held(HeldLock each) {
        return holdfast.wire.proto.HeldLock.newBuilder()
                .setFile(each.file().value())
                .setEpoch(each.token().getEpoch())
                .setNumber(each.token().getNumber())
                .build();
    }

    private SessionHeartbeatReply send(SessionHeartbeat beat) {
        Deadline limit = locks.environment().in(session.time().dividedBy(BEATS_A_SESSION));
        return locks.service().ask(LockingMethods.SESSION_HEARTBEAT, beat, limit);
    }

    private void taken(SessionHeartbeatReply reply, Named named, Map<Long, Long> sent) {
        if (reply.getEpoch() > session.epoch()) {
            claim(reply.getEpoch());
            return;
        }
        for (HeldLock each : named.held()) {
            Long number = sent.get(each.file().value());
            boolean same = number != null && number == each.token().getNumber();
            if (same && reply.getLostList().contains(each.file().value())) {
                lost(each, "the locking server does not know it any more");
            }
        }
    }

    /** Also when there is nothing to claim: the new leader waits for everybody's word (4c). */
    private void claim(long epoch) {
        session.sawEpoch(epoch);
        // Only now, since from here on no older grant is taken any more.
        claimAll(locks.named().held().stream()
                .filter(each -> each.token().getEpoch() < epoch)
                .toList());
        session.epoch(epoch);
        locks.askAgain();
    }

    private void claimAll(List<HeldLock> older) {
        Claim.Builder claim = Claim.newBuilder().setSession(session.id());
        for (HeldLock each : older) {
            claim.addTokens(each.token()).addPaths(each.path());
        }
        Deadline limit = locks.environment().in(session.time().dividedBy(BEATS_A_SESSION));
        ClaimReply reply = locks.service().ask(LockingMethods.CLAIM, claim.build(), limit);
        Map<Long, Grant> grants = new HashMap<>();
        reply.getGrantsList().forEach(grant -> grants.put(grant.getToken().getFile(), grant));
        for (HeldLock each : older) {
            Grant grant = grants.get(each.file().value());
            if (grant != null) {
                each.regranted(grant);
            } else {
                lost(each, "it was not granted again after the locking service was taken over");
            }
        }
        LOG.debug("claimed {} locks, {} refused", older.size(), reply.getRefusedCount());
    }

    private void lost(HeldLock which, String why) {
        if (locks.drop(which)) {
            LOG.warn("the lock on {} is lost: {}", which.path(), why);
            which.lose("the lock was lost: " + why);
        }
    }

    private boolean awaitTime(Duration wait) {
        Deadline next = locks.environment().in(wait);
        lock.lock();
        try {
            while (!now && !next.passed() && locks.current(session)) {
                changed.awaitNanos(next.leftNanos());
            }
            now = false;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void soon() {
        lock.lock();
        try {
            now = true;
        } finally {
            lock.unlock();
        }
    }

    private long begin() {
        lock.lock();
        try {
            return ++begun;
        } finally {
            lock.unlock();
        }
    }

    private void end(long number) {
        lock.lock();
        try {
            answered = number;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when a beat that began after this call was answered, or the deadline passed. */
    void beatNow(Deadline deadline) {
        lock.lock();
        try {
            long wanted = begun + 1;
            now = true;
            changed.signalAll();
            while (answered < wanted && !deadline.passed() && locks.current(session)) {
                changed.awaitNanos(deadline.leftNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
