package holdfast.client.session;

import holdfast.client.session.LockSession.Session;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.Grant;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Waits at the service for a lock's turn. The call is made by a thread of its own, so that it can
 * be broken off and sent again (to a new leader, over a new connection) without touching the
 * caller's thread.
 */
final class Waiting {
    private static final Duration ANSWER_SLACK = Duration.ofSeconds(2);

    private final LockSession locks;
    private final Session session;
    private final LockWish wish;
    private final Deadline turn;
    private final FailureException held;
    private final CompletableFuture<HeldLock> answer = new CompletableFuture<>();
    private volatile boolean over;

    Waiting(
            LockSession locks,
            Session session,
            LockWish wish,
            Deadline turn,
            FailureException held) {
        this.locks = locks;
        this.session = session;
        this.wish = wish;
        this.turn = turn;
        this.held = held;
    }

    HeldLock run() {
        Thread[] asker = new Thread[1];
        CompletableFuture<Void> named = new CompletableFuture<>();
        long request = locks.startAwaiting(() -> asker[0].interrupt());
        asker[0] = locks.environment().threads().newThread(() -> {
            named.join();
            ask(request);
        });
        asker[0].start();
        named.complete(null);
        try {
            return answered();
        } finally {
            over = true;
            locks.stopAwaiting(request);
            if (!answer.isDone() || answer.isCompletedExceptionally()) {
                asker[0].interrupt();
                Acquiring.cancel(locks, session, request);
            }
        }
    }

    private HeldLock answered() {
        try {
            long nanos = Math.max(turn.leftNanos(), 0) + 2 * ANSWER_SLACK.toNanos();
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "cancelled while waiting for a lock");
        } catch (TimeoutException e) {
            throw held;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof FailureException failure
                    ? failure
                    : new IllegalStateException(e.getCause());
        }
    }

    private void ask(long request) {
        Backoff backoff = new Backoff();
        while (!answer.isDone() && !over) {
            try {
                attempt(request);
            } catch (FailureException e) {
                boolean brokenOff = Thread.interrupted();
                if (!mayGoOn(e, brokenOff)) {
                    answer.completeExceptionally(e);
                    return;
                }
                pause(backoff);
            }
        }
    }

    private boolean mayGoOn(FailureException e, boolean brokenOff) {
        if (over || turn.passed()) {
            return false;
        }
        if (!locks.current(session)) {
            answer.completeExceptionally(
                    FailureException.of(FailureCode.SESSION_ENDED, "the lock session ended"));
            return false;
        }
        if (ServerCalls.mayRepeat(e.code()) && !brokenOff) {
            locks.service().tryNext();
        }
        return brokenOff || e.code() == FailureCode.CANCELLED || ServerCalls.mayRepeat(e.code());
    }

    private void pause(Backoff backoff) {
        try {
            locks.environment().pause(backoff.next(), turn);
        } catch (FailureException e) {
            Thread.interrupted();
        }
    }

    private void attempt(long request) {
        Duration left = Duration.ofMillis(turn.leftMillis());
        Deadline limit = locks.environment().in(left.plus(ANSWER_SLACK));
        Grant grant = Acquiring.send(
                locks, session, wish, request, left, locks.service().preferred(limit), limit);
        HeldLock lock = new HeldLock(locks, session, wish, grant);
        if (over || !locks.accept(session, request, lock)) {
            throw FailureException.of(FailureCode.CANCELLED, "the grant is of an older epoch");
        }
        if (!answer.complete(lock)) {
            lock.release();
        }
    }
}
