package holdfast.mount.fuse;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The locks of {@link MemoryFiles}: ranges and whole files, kept apart. */
final class MemoryLocks {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<LockRequest> held = new ArrayList<>();

    Optional<FileLock> against(LockRequest wanted) {
        lock.lock();
        try {
            return obstacle(wanted);
        } finally {
            lock.unlock();
        }
    }

    void set(LockRequest wanted, boolean waits) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (wanted.lock().kind() != FileLock.Kind.UNLOCK
                    && obstacle(wanted).isPresent()) {
                if (!waits) {
                    throw new FuseException(Errno.EAGAIN);
                }
                changed.await();
            }
            cut(wanted);
            if (wanted.lock().kind() != FileLock.Kind.UNLOCK) {
                held.add(wanted);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void unlockAll(long node, long owner, boolean flock) {
        lock.lock();
        try {
            held.removeIf(l -> l.node() == node && l.owner() == owner && l.flock() == flock);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Optional<FileLock> obstacle(LockRequest wanted) {
        return held.stream()
                .filter(l -> l.node() == wanted.node() && l.flock() == wanted.flock())
                .filter(l -> l.owner() != wanted.owner() && overlap(l.lock(), wanted.lock()))
                .map(LockRequest::lock)
                .filter(l -> l.kind() == FileLock.Kind.EXCLUSIVE
                        || wanted.lock().kind() == FileLock.Kind.EXCLUSIVE)
                .findFirst();
    }

    private static boolean overlap(FileLock a, FileLock b) {
        return a.start() <= b.end() && b.start() <= a.end();
    }

    /** Takes the range out of what the owner holds. */
    private void cut(LockRequest wanted) {
        List<LockRequest> rest = new ArrayList<>();
        for (LockRequest l : held) {
            boolean same = l.node() == wanted.node()
                    && l.owner() == wanted.owner()
                    && l.flock() == wanted.flock()
                    && overlap(l.lock(), wanted.lock());
            if (!same) {
                rest.add(l);
                continue;
            }
            if (l.lock().start() < wanted.lock().start()) {
                rest.add(part(l, l.lock().start(), wanted.lock().start() - 1));
            }
            if (l.lock().end() > wanted.lock().end()) {
                rest.add(part(l, wanted.lock().end() + 1, l.lock().end()));
            }
        }
        held.clear();
        held.addAll(rest);
    }

    private static LockRequest part(LockRequest of, long start, long end) {
        FileLock lock = new FileLock(start, end, of.lock().kind(), of.lock().process());
        return new LockRequest(of.node(), of.handle(), of.owner(), lock, of.flock());
    }
}
