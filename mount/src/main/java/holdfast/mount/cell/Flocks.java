package holdfast.mount.cell;

import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Who has flock(2)'s lock of one inode among the open files of this mount. */
final class Flocks {
    /** close(2) may have returned before the kernel says that the lock is given back. */
    private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Long, Boolean> exclusiveByOwner = new HashMap<>();

    /**
     * The lock is {@code owner}'s, in place of what it had before; EAGAIN when it is another's and
     * {@code waits} is false.
     */
    void take(long owner, boolean exclusive, boolean waits) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            // As Linux does: what the owner had is given up before it waits.
            exclusiveByOwner.remove(owner);
            changed.signalAll();
            long left = MOMENT_NANOS;
            while (isInTheWay(exclusive)) {
                if (waits) {
                    changed.await();
                } else if (left > 0) {
                    left = changed.awaitNanos(left);
                } else {
                    throw new FuseException(Errno.EAGAIN);
                }
            }
            exclusiveByOwner.put(owner, exclusive);
        } finally {
            lock.unlock();
        }
    }

    private boolean isInTheWay(boolean exclusive) {
        return exclusive ? !exclusiveByOwner.isEmpty() : exclusiveByOwner.containsValue(true);
    }

    /** Gives it back; again: nothing. */
    void release(long owner) {
        lock.lock();
        try {
            exclusiveByOwner.remove(owner);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether anybody has it. */
    boolean isTaken() {
        lock.lock();
        try {
            return !exclusiveByOwner.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
