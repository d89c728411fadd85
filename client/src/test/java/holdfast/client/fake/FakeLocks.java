package holdfast.client.fake;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.Acquire;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Claim;
import holdfast.wire.proto.ClaimReply;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.OpenSessionReply;
import holdfast.wire.proto.SessionHeartbeat;
import holdfast.wire.proto.SessionHeartbeatReply;
import holdfast.wire.proto.Token;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Exclusive locks, first come first served; sessions end when a test says so. */
public final class FakeLocks {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Long, Caller> sessions = new HashMap<>();
    private final Map<Long, Held> held = new HashMap<>();
    private final Map<Long, Deque<Acquire>> waiting = new HashMap<>();
    private long epoch = 10;
    private long numbers;
    private long newestSession = 1000;
    private boolean raise;

    private record Held(Acquire request, Token token) {}

    /** From now on grants say "raise". */
    public void sayRaise() {
        raise = true;
    }

    OpenSessionReply open(Caller caller) {
        lock.lock();
        try {
            sessions.put(++newestSession, caller);
            return OpenSessionReply.newBuilder()
                    .setSession(newestSession)
                    .setEpoch(epoch)
                    .setSessionMillis(15_000)
                    .build();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all sessions; their locks are free. */
    public void endSessions() {
        lock.lock();
        try {
            sessions.clear();
            held.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Another leader: its epoch is newer, and it knows no locks but those that are claimed. */
    public void newEpoch() {
        lock.lock();
        try {
            epoch++;
            held.clear();
        } finally {
            lock.unlock();
        }
    }

    ClaimReply claim(Claim claim) {
        lock.lock();
        try {
            ClaimReply.Builder reply = ClaimReply.newBuilder().setEpoch(epoch);
            for (Token token : claim.getTokensList()) {
                Acquire request = Acquire.newBuilder()
                        .setSession(claim.getSession())
                        .setFile(token.getFile())
                        .build();
                reply.addGrants(granted(request));
            }
            return reply.build();
        } finally {
            lock.unlock();
        }
    }

    public long epoch() {
        lock.lock();
        try {
            return epoch;
        } finally {
            lock.unlock();
        }
    }

    Grant acquire(Acquire request) {
        lock.lock();
        try {
            Deque<Acquire> queue =
                    waiting.computeIfAbsent(request.getFile(), f -> new ArrayDeque<>());
            queue.add(request);
            try {
                return await(request, queue);
            } finally {
                queue.remove(request);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private Grant await(Acquire request, Deque<Acquire> queue) {
        long nanos = TimeUnit.MILLISECONDS.toNanos(request.getWaitMillis());
        while (true) {
            if (!sessions.containsKey(request.getSession())) {
                throw FailureException.of(FailureCode.SESSION_ENDED, "the session ended");
            }
            Held now = held.get(request.getFile());
            if (now != null
                    && now.request()
                            .equals(request.toBuilder()
                                    .setWaitMillis(now.request().getWaitMillis())
                                    .build())) {
                return Grant.newBuilder().setToken(now.token()).build();
            }
            if (now == null && request.equals(queue.peek())) {
                return granted(request);
            }
            try {
                if (nanos <= 0) {
                    throw lockHeld(request, now);
                }
                nanos = changed.awaitNanos(nanos);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FailureException.of(FailureCode.CANCELLED, "stopped");
            }
        }
    }

    private Grant granted(Acquire request) {
        Token token = Token.newBuilder()
                .setFile(request.getFile())
                .setSession(request.getSession())
                .setMode(LockMode.EXCLUSIVE)
                .setEpoch(epoch)
                .setNumber(++numbers)
                .build();
        held.put(request.getFile(), new Held(request, token));
        return Grant.newBuilder().setToken(token).setRaise(raise).build();
    }

    private FailureException lockHeld(
            Acquire request, @org.jspecify.annotations.Nullable Held now) {
        Caller who = now == null
                ? Caller.getDefaultInstance()
                : sessions.getOrDefault(now.request().getSession(), Caller.getDefaultInstance());
        return Failure.of(FailureCode.LOCK_HELD, "locked by " + who.getUser())
                .at(request.getPath())
                .heldBy(new Failure.Holder(who.getUser(), who.getHost(), who.getProcess(), 1))
                .exception();
    }

    void release(Token token) {
        lock.lock();
        try {
            Held now = held.get(token.getFile());
            if (now != null && now.token().equals(token)) {
                held.remove(token.getFile());
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    void cancel(long session, long request) {
        lock.lock();
        try {
            held.values()
                    .removeIf(each -> each.request().getSession() == session
                            && each.request().getRequest() == request);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    SessionHeartbeatReply beat(SessionHeartbeat beat) {
        lock.lock();
        try {
            return SessionHeartbeatReply.newBuilder()
                    .setEpoch(epoch)
                    .setEnded(!sessions.containsKey(beat.getSession()))
                    .build();
        } finally {
            lock.unlock();
        }
    }
}
