package holdfast.client.session;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.volume.RequestBounds;

import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The numbers of one registered client's changes, and which of them are still open (rule 5). While
 * one change takes long, so many others pass it, and then wait: a server would refuse more.
 */
final class RequestNumbers {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition answered = lock.newCondition();
    private final TreeSet<Long> open = new TreeSet<>();
    private long newest;

    /**
     * The next number, once it is not too far ahead; it is open until {@link #close}. TIMED_OUT,
     * CANCELLED: nothing was asked for.
     */
    long next(Deadline deadline) {
        lock.lock();
        try {
            awaitRoom(deadline);
            open.add(++newest);
            return newest;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom(Deadline deadline) {
        try {
            while (newest + 1 - lowest() >= RequestBounds.AHEAD_MAX) {
                if (answered.awaitNanos(deadline.leftNanos()) <= 0) {
                    throw FailureException.of(
                            FailureCode.TIMED_OUT,
                            "an earlier change of this client takes too long");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "cancelled while waiting");
        }
    }

    private long lowest() {
        return open.isEmpty() ? newest + 1 : open.first();
    }

    /** The lowest number whose outcome is not known. */
    long lowestOpen() {
        lock.lock();
        try {
            return lowest();
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
            answered.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
