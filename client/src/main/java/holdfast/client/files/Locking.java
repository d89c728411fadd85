package holdfast.client.files;

import holdfast.client.session.HeldLock;
import holdfast.client.session.LateLock;
import holdfast.client.session.LockSession;
import holdfast.client.session.LockWish;
import holdfast.client.session.WriterLock;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.wire.proto.LockMode;

import java.time.Duration;
import java.util.function.Consumer;

/** Takes write locks, and makes their tokens the files' fences where that is asked (4d). */
final class Locking {
    private final LockSession locks;
    private final Storing storing;

    Locking(LockSession locks, Storing storing) {
        this.locks = locks;
        this.storing = storing;
    }

    /** A lock that programs asked for. */
    HeldLock take(FileId file, CellPath path, boolean exclusive, Duration patience, Times times) {
        LockMode mode = exclusive ? LockMode.EXCLUSIVE : LockMode.SHARED;
        return locks.acquire(wish(file, mode, path, patience), times.call());
    }

    /** Its fence raised: as the lock of a writer. */
    HeldLock toWrite(HeldLock held, Times times) {
        return raised(held.retain(), times);
    }

    /** The write lock of what was found, its fence raised. */
    HeldLock exclusive(
            Resolved.Found found,
            Duration patience,
            Consumer<Failure.Holder> onWaiting,
            Times times) {
        return raised(take(found.vnode().file(), found.path(), patience, onWaiting, times), times);
    }

    private HeldLock raised(HeldLock lock, Times times) {
        try {
            storing.raiseFence(lock, times.call());
            return lock;
        } catch (FailureException e) {
            lock.release();
            throw e;
        }
    }

    /** The write lock of what was found, taken when something is stored and given back then. */
    WriterLock late(Resolved.Found found, Times times) {
        return late(found.vnode().file(), found.path(), times);
    }

    /** The same of {@code file}. */
    WriterLock late(FileId file, CellPath path, Times times) {
        Duration patience = Duration.ofMillis(times.call().leftMillis());
        return new LateLock(locks, wish(file, LockMode.EXCLUSIVE, path, patience));
    }

    private static LockWish wish(FileId file, LockMode mode, CellPath path, Duration patience) {
        return new LockWish(file, mode, path.toString(), patience, holder -> {});
    }

    /** The write lock of {@code file}. */
    HeldLock take(
            FileId file,
            CellPath path,
            Duration patience,
            Consumer<Failure.Holder> onWaiting,
            Times times) {
        LockWish wish =
                new LockWish(file, LockMode.EXCLUSIVE, path.toString(), patience, onWaiting);
        return locks.acquire(wish, times.call());
    }
}
