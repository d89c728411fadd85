package holdfast.client.session;

import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one thread of this process at a time want the lock of a file, since the service knows
 * processes only. First come, first served. A gate opens again when the release was answered, so
 * that an Acquire never overtakes the Release before it.
 */
final class FileGates {
    private static final class Gate {
        private final Semaphore passage = new Semaphore(1, true);
        private final long since;
        private int users;

        private Gate(long since) {
            this.since = since;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Gate> gates = new HashMap<>();

    /** Passes the gate of {@code file}; false when that took too long. */
    boolean pass(FileId file, Deadline deadline) throws InterruptedException {
        Gate gate = use(file, deadline.ticker().nanos());
        boolean passed = false;
        try {
            passed = gate.passage.tryAcquire(
                    Math.max(deadline.leftNanos(), 0), TimeUnit.NANOSECONDS);
            return passed;
        } finally {
            if (!passed) {
                unuse(file, gate);
            }
        }
    }

    /** Opens the gate for the next; called once for each time it was passed. */
    void open(FileId file) {
        lock.lock();
        try {
            Gate gate = gates.get(file.value());
            if (gate == null) {
                throw new IllegalStateException("nobody passed the gate of " + file);
            }
            gate.passage.release();
            unuse(file, gate);
        } finally {
            lock.unlock();
        }
    }

    /** Since when the gate of {@code file} has been in use, by the deadline's clock. */
    long inUseSince(FileId file, long otherwise) {
        lock.lock();
        try {
            Gate gate = gates.get(file.value());
            return gate == null ? otherwise : gate.since;
        } finally {
            lock.unlock();
        }
    }

    private Gate use(FileId file, long now) {
        lock.lock();
        try {
            Gate gate = gates.computeIfAbsent(file.value(), f -> new Gate(now));
            gate.users++;
            return gate;
        } finally {
            lock.unlock();
        }
    }

    private void unuse(FileId file, Gate gate) {
        lock.lock();
        try {
            gate.users--;
            if (gate.users == 0) {
                gates.remove(file.value(), gate);
            }
        } finally {
            lock.unlock();
        }
    }
}
