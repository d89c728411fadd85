package holdfast.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that wait for something to change. Only one thread runs at a time, so no lock is held.
 */
final class Waiters {
    private final List<Thread> threads = new ArrayList<>();

    /** Waits until {@link #wake}, an interrupt, or for no reason. */
    void await() {
        Thread me = Thread.currentThread();
        threads.add(me);
        LockSupport.park(this);
        threads.remove(me);
    }

    void wake() {
        List.copyOf(threads).forEach(LockSupport::unpark);
    }
}
