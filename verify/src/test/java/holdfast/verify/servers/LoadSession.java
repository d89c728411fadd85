package holdfast.verify.servers;

import com.google.protobuf.Message;

import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.Acquire;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.HeldLock;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.OpenSession;
import holdfast.wire.proto.Release;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.SessionHeartbeat;
import holdfast.wire.proto.SessionHeartbeatReply;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.TcpTransport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** One of many lock sessions that one process has; each call names its session. */
final class LoadSession {
    private static final RequestHeader HEADER = RequestHeader.newBuilder()
            .setCaller(Caller.newBuilder().setUser("load").setHost("here").setProcess(1))
            .build();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The way to the locking server. */
    record Way(TcpTransport transport, Address server) {
        <Q extends Message, A extends Message> A call(Method<Q, A> method, Q request) {
            Deadline deadline = Deadline.in(PATIENCE, BootTicker.system());
            return transport.call(server, method, HEADER, request, deadline).message();
        }
    }

    private final Way way;
    private final long session;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<HeldLock> held = new ArrayList<>();
    private long request;
    private boolean awaiting;
    private long beatNanos = System.nanoTime();
    private long silentNanosMax;

    private LoadSession(Way way, long session) {
        this.way = way;
        this.session = session;
    }

    static LoadSession open(Way way) {
        return new LoadSession(
                way,
                way.call(LockingMethods.OPEN_SESSION, OpenSession.getDefaultInstance())
                        .getSession());
    }

    /** Takes a lock and keeps it. */
    Token acquire(long file) {
        Grant grant = way.call(LockingMethods.ACQUIRE, wish(file));
        Token token = grant.getToken();
        lock.lock();
        try {
            awaiting = false;
            held.add(HeldLock.newBuilder()
                    .setFile(file)
                    .setEpoch(token.getEpoch())
                    .setNumber(token.getNumber())
                    .build());
        } finally {
            lock.unlock();
        }
        return token;
    }

    private Acquire wish(long file) {
        lock.lock();
        try {
            awaiting = true;
            return Acquire.newBuilder()
                    .setSession(session)
                    .setRequest(++request)
                    .setFile(file)
                    .setMode(LockMode.EXCLUSIVE)
                    .setPath("/home/somebody/some folder/file-" + file)
                    .build();
        } finally {
            lock.unlock();
        }
    }

    /** Gives the newest lock back. */
    void release(Token token) {
        lock.lock();
        try {
            held.removeLast();
        } finally {
            lock.unlock();
        }
        var unused = way.call(
                LockingMethods.RELEASE,
                Release.newBuilder().setSession(session).setToken(token).build());
    }

    /** Keeps the session alive; how many of its locks the server does not know any more. */
    int beat() {
        SessionHeartbeatReply reply = way.call(LockingMethods.SESSION_HEARTBEAT, heartbeat());
        lock.lock();
        try {
            long now = System.nanoTime();
            silentNanosMax = Math.max(silentNanosMax, now - beatNanos);
            beatNanos = now;
            return reply.getEnded() ? held.size() : reply.getLostCount();
        } finally {
            lock.unlock();
        }
    }

    private SessionHeartbeat heartbeat() {
        lock.lock();
        try {
            SessionHeartbeat.Builder beat = SessionHeartbeat.newBuilder()
                    .setSession(session)
                    .addAllHeld(held)
                    .setNewestRequest(request);
            return awaiting ? beat.addAwaited(request).build() : beat.build();
        } finally {
            lock.unlock();
        }
    }

    /** The longest time between two heartbeats. */
    long silentNanosMax() {
        lock.lock();
        try {
            return silentNanosMax;
        } finally {
            lock.unlock();
        }
    }
}
