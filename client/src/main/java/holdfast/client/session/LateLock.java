package holdfast.client.session;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;

import java.util.Optional;

/**
 * A lock that is taken for each store, and given back after it (4f). Others may write meanwhile;
 * whose store comes second is refused, since its base is not current any more.
 */
public final class LateLock implements WriterLock {
    private final LockSession locks;
    private final LockWish wish;

    /** Takes what {@code wish} says, each time. */
    public LateLock(LockSession locks, LockWish wish) {
        this.locks = locks;
        this.wish = wish;
    }

    @Override
    public FileId file() {
        return wish.file();
    }

    @Override
    public void check() {}

    @Override
    public Optional<Failure> lost() {
        return Optional.empty();
    }

    @Override
    public HeldLock toStore(Deadline deadline) {
        return locks.acquire(wish, deadline);
    }

    @Override
    public HeldLock retain() {
        throw FailureException.of(FailureCode.UNSUPPORTED, "no lock is held on " + wish.path());
    }

    @Override
    public void release() {}
}
