package holdfast.client.session;

import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/** The numbers of one registered client's changes, and which of them are still open (rule 5). */
final class RequestNumbers {
    private final ReentrantLock lock = new ReentrantLock();
    private final TreeSet<Long> open = new TreeSet<>();
    private long newest;

    /** The next number; it is open until {@link #close}. */
    long next() {
        lock.lock();
        try {
            open.add(++newest);
            return newest;
        } finally {
            lock.unlock();
        }
    }

    /** The lowest number whose outcome is not known. */
    long lowestOpen() {
        lock.lock();
        try {
            return open.isEmpty() ? newest + 1 : open.first();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Its outcome is known, or given up for good: the server refuses it from the next request on.
     */
    void close(long number) {
        lock.lock();
        try {
            open.remove(number);
        } finally {
            lock.unlock();
        }
    }
}
