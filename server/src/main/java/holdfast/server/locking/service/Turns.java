package holdfast.server.locking.service;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The turn under way, where there is one. Safe for many threads. */
final class Turns {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition began = lock.newCondition();
    private Optional<Turn> current = Optional.empty();

    /** Begins {@code turn}, unless leadership was lost again meanwhile. */
    void begin(Turn turn, BooleanSupplier leads) {
        lock.lock();
        try {
            current.ifPresent(Turn::end);
            current = leads.getAsBoolean() ? Optional.of(turn) : Optional.empty();
            began.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the turn under way. */
    void end() {
        lock.lock();
        try {
            current.ifPresent(Turn::end);
            current = Optional.empty();
            began.signalAll();
        } finally {
            lock.unlock();
        }
    }

    Optional<Turn> current() {
        lock.lock();
        try {
            return current;
        } finally {
            lock.unlock();
        }
    }

    /** The turn of {@code term}; waits while its epoch is being committed. */
    Turn of(long term, Deadline deadline) {
        lock.lock();
        try {
            while (true) {
                Optional<Turn> now = current;
                if (now.isPresent() && now.get().term() == term) {
                    return now.get();
                }
                long left = deadline.leftNanos();
                if (left <= 0 || (now.isPresent() && now.get().term() > term)) {
                    throw FailureException.of(
                            FailureCode.NOT_LEADER, "this locking server is not ready to lead");
                }
                var unused = began.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "the call was cancelled");
        } finally {
            lock.unlock();
        }
    }
}
