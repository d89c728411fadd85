package holdfast.client.session;

import holdfast.client.session.LockSession.Session;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.Acquire;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.CancelAcquire;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.LockMode;
import holdfast.wire.transport.Address;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/**
 * Takes one lock: passes this process' own gate, tries at the service, and waits there when it may.
 * A lost answer is asked for again under the same number, which gives the same grant.
 */
final class Acquiring {
    private static final Logger LOG = LoggerFactory.getLogger(Acquiring.class);
    private static final Duration TRY_GATE = Duration.ofSeconds(1);
    private static final Duration CANCEL_LIMIT = Duration.ofSeconds(5);

    private final LockSession locks;
    private final LockWish wish;
    private final Deadline deadline;
    private final Deadline turn;
    private boolean told;
    private boolean waited;

    Acquiring(LockSession locks, LockWish wish, Deadline deadline) {
        this.locks = locks;
        this.wish = wish;
        this.deadline = deadline;
        this.turn = locks.environment().in(wish.patience());
    }

    HeldLock run() {
        boolean exclusive = wish.mode() == LockMode.EXCLUSIVE;
        passGate();
        boolean granted = false;
        try {
            HeldLock lock = ask();
            granted = true;
            LOG.trace("{} lock on {} granted", exclusive ? "exclusive" : "shared", wish.path());
            return lock;
        } finally {
            if (!granted) {
                locks.gates().open(wish.file());
            }
        }
    }

    private void passGate() {
        try {
            if (locks.gates().pass(wish.file(), deadline.atMost(Duration.ZERO))) {
                return;
            }
            boolean ours = locks.holdsAny(wish.file());
            if (ours && wish.patience().isZero()) {
                throw heldByUs();
            }
            if (ours) {
                tell(self());
            }
            waited = true;
            Duration limit = wish.patience().isZero() ? TRY_GATE : wish.patience();
            if (!locks.gates().pass(wish.file(), locks.environment().in(limit))) {
                throw heldByUs();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "cancelled while waiting for a lock");
        }
    }

    private FailureException heldByUs() {
        Failure.Holder holder = self();
        return Failure.of(FailureCode.LOCK_HELD, "locked by " + holder)
                .at(wish.path())
                .heldBy(holder)
                .exception();
    }

    private Failure.Holder self() {
        Caller caller = locks.environment().caller();
        long now = locks.environment().ticker().nanos();
        long age = now - locks.gates().inUseSince(wish.file(), now);
        return new Failure.Holder(
                caller.getUser(), caller.getHost(), caller.getProcess(), age / 1_000_000);
    }

    private void tell(Failure.Holder holder) {
        if (!told) {
            told = true;
            wish.onWaiting().accept(holder);
        }
    }

    private HeldLock ask() {
        while (true) {
            Session session = locks.session(deadlineNow());
            try {
                return ask(session);
            } catch (FailureException e) {
                if (e.code() != FailureCode.SESSION_ENDED || deadlineNow().passed()) {
                    throw e;
                }
                locks.end(session, "the locking server ended the session");
            }
        }
    }

    /** The call's deadline; once there was somebody to wait for, the end of the turn if later. */
    private Deadline deadlineNow() {
        if (!waited) {
            return deadline;
        }
        return turn.leftNanos() > deadline.leftNanos() ? turn : deadline;
    }

    private HeldLock ask(Session session) {
        FailureException held;
        try {
            return tryOnce(session);
        } catch (FailureException e) {
            if (e.code() != FailureCode.LOCK_HELD || turn.passed()) {
                throw e;
            }
            held = e;
            waited = true;
        }
        held.failure().holder().ifPresent(this::tell);
        return new Waiting(locks, session, wish, turn, held).run();
    }

    private HeldLock tryOnce(Session session) {
        long request = locks.startAwaiting(() -> {});
        boolean answered = false;
        try {
            HeldLock lock = tryUntilAccepted(session, request);
            answered = true;
            return lock;
        } catch (FailureException e) {
            answered = e.code() == FailureCode.LOCK_HELD;
            throw e;
        } finally {
            locks.stopAwaiting(request);
            if (!answered) {
                cancel(locks, session, request);
            }
        }
    }

    private HeldLock tryUntilAccepted(Session session, long request) {
        while (true) {
            Grant grant = locks.service()
                    .repeat(
                            deadlineNow(),
                            (server, limit) -> send(
                                    locks, session, wish, request, Duration.ZERO, server, limit));
            HeldLock lock = new HeldLock(locks, session, wish, grant);
            if (locks.accept(session, request, lock)) {
                return lock;
            }
            deadlineNow().check("taking the lock");
            if (!locks.current(session)) {
                throw FailureException.of(FailureCode.SESSION_ENDED, "the lock session ended");
            }
        }
    }

    static Grant send(
            LockSession locks,
            Session session,
            LockWish wish,
            long request,
            Duration wait,
            Address server,
            Deadline limit) {
        Acquire acquire = Acquire.newBuilder()
                .setSession(session.id())
                .setRequest(request)
                .setFile(wish.file().value())
                .setMode(wish.mode())
                .setWaitMillis((int) Math.min(wait.toMillis(), Integer.MAX_VALUE))
                .setPath(shortened(wish.path()))
                .build();
        locks.counted();
        return locks.environment()
                .transport()
                .call(server, LockingMethods.ACQUIRE, locks.header(), acquire, limit)
                .message();
    }

    private static String shortened(String path) {
        return path.length() <= 1024 ? path : path.substring(0, 1021) + "...";
    }

    /** Gives up a request whose grant may be there or still come. */
    static void cancel(LockSession locks, Session session, long request) {
        locks.environment().start("holdfast-cancel", () -> {
            CancelAcquire cancel = CancelAcquire.newBuilder()
                    .setSession(session.id())
                    .setRequest(request)
                    .build();
            Deadline limit = locks.environment().in(CANCEL_LIMIT);
            try {
                locks.service().ask(LockingMethods.CANCEL_ACQUIRE, cancel, limit);
            } catch (FailureException e) {
                LOG.debug("heartbeats will free it: {}", e.getMessage());
            }
        });
    }
}
