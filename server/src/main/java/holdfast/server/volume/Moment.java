package holdfast.server.volume;

import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;

/**
 * Lets queries of several rows see the table of one moment. They run beside a change and start over
 * when one came between; only after some vain attempts do they keep changes waiting.
 */
final class Moment {
    private static final int ATTEMPTS = 3;

    private final StampedLock lock = new StampedLock();

    void change(Runnable change) {
        long stamp = lock.writeLock();
        try {
            change.run();
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** What {@code query}, which may be called several times, says of one moment. */
    <T> T see(Supplier<T> query) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long stamp = lock.tryOptimisticRead();
            if (stamp == 0) {
                continue;
            }
            try {
                T seen = query.get();
                if (lock.validate(stamp)) {
                    return seen;
                }
            } catch (RuntimeException e) {
                if (lock.validate(stamp)) {
                    throw e;
                }
            }
        }
        return seeAlone(query);
    }

    private <T> T seeAlone(Supplier<T> query) {
        long stamp = lock.readLock();
        try {
            return query.get();
        } finally {
            lock.unlockRead(stamp);
        }
    }
}
