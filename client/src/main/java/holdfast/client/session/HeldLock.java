package holdfast.client.session;

import holdfast.client.session.LockSession.Session;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.Release;
import holdfast.wire.proto.Token;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A lock that this process was granted, until it is released or lost. Safe for many threads. */
public final class HeldLock implements WriterLock {
    private static final Logger LOG = LoggerFactory.getLogger(HeldLock.class);

    private final LockSession locks;
    private final Session session;
    private final FileId file;
    private final String path;
    private final AtomicInteger users = new AtomicInteger(1);
    private volatile Token token;
    private volatile boolean raise;
    private volatile boolean unsettled;
    private volatile @Nullable Failure lost;

    HeldLock(LockSession locks, Session session, LockWish wish, Grant grant) {
        this.locks = locks;
        this.session = session;
        this.file = wish.file();
        this.path = wish.path();
        this.token = grant.getToken();
        this.raise = grant.getRaise();
    }

    /** Whether it keeps out all others, not only writers. */
    public boolean exclusive() {
        return token.getMode() == LockMode.EXCLUSIVE;
    }

    @Override
    public FileId file() {
        return file;
    }

    String path() {
        return path;
    }

    /** The sealed token that stores carry. */
    public Token token() {
        return token;
    }

    /** Whether the token must be made the file's fence before anything rests on the lock (4d). */
    public boolean mustRaise() {
        return raise;
    }

    /** The fence was raised: says so to the service, without waiting. */
    public void raised() {
        raise = false;
        locks.reportRaised(token);
    }

    @Override
    public void check() {
        if (!session.alive()) {
            locks.lapse(session);
        }
        Failure why = lost;
        if (why != null) {
            throw new FailureException(why);
        }
    }

    @Override
    public Optional<Failure> lost() {
        return Optional.ofNullable(lost);
    }

    /** A store was refused for its epoch: learns the newer one and claims, if that can be (4f). */
    public void claimAnew(Deadline deadline) {
        locks.beatNow(deadline);
        check();
    }

    /** A store under it failed, and may still come from wherever it is: the next holder raises. */
    public void storeFailed() {
        unsettled = true;
    }

    void regranted(Grant grant) {
        raise |= grant.getRaise(); // before anybody can show the token
        token = grant.getToken();
    }

    void lose(Failure why) {
        lost = why;
    }

    void lose(String why) {
        lose(Failure.of(FailureCode.SESSION_ENDED, why));
    }

    /** It is held already. */
    @Override
    public HeldLock toStore(Deadline deadline) {
        return retain();
    }

    @Override
    public HeldLock retain() {
        int before = users.getAndUpdate(count -> count == 0 ? 0 : count + 1);
        if (before == 0) {
            throw FailureException.of(FailureCode.SESSION_ENDED, "the lock was given back");
        }
        return this;
    }

    @Override
    public void release() {
        int before = users.getAndUpdate(count -> Math.max(0, count - 1));
        if (before != 1) {
            return;
        }
        if (locks.drop(this)) {
            locks.environment().start("holdfast-release", this::giveBack);
        } else {
            locks.gates().open(file);
        }
    }

    private void giveBack() {
        try {
            Release request = Release.newBuilder()
                    .setSession(session.id())
                    .setToken(token)
                    .setUnsettled(unsettled)
                    .build();
            locks.counted();
            locks.service()
                    .ask(LockingMethods.RELEASE, request, locks.environment().in(session.time()));
        } catch (FailureException e) {
            LOG.debug("{} is freed by the next heartbeat: {}", path, e.getMessage());
        } finally {
            locks.gates().open(file);
        }
    }
}
