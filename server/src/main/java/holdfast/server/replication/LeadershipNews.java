package holdfast.server.replication;

import holdfast.server.replication.ReplicatedLog.Leadership;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who leads, as this member knows, and who wants to hear of it. The term changes at once; listeners
 * are told on a thread of their own, in order, so that they hold nobody up.
 */
final class LeadershipNews implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeadershipNews.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Leadership> listeners = new ArrayList<>();
    private final ExecutorService teller = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("leadership").factory());
    private volatile long term;

    /** The term in which this member leads; 0 when it does not. */
    long term() {
        return term;
    }

    void gained(long newTerm) {
        lock.lock();
        try {
            loseLocked();
            term = newTerm;
            listeners.forEach(listener -> tell(() -> listener.gained(newTerm)));
        } finally {
            lock.unlock();
        }
    }

    void lost() {
        lock.lock();
        try {
            loseLocked();
        } finally {
            lock.unlock();
        }
    }

    private void loseLocked() {
        if (term != 0) {
            term = 0;
            listeners.forEach(listener -> tell(listener::lost));
        }
    }

    void add(Leadership listener) {
        lock.lock();
        try {
            listeners.add(listener);
            long now = term;
            if (now != 0) {
                tell(() -> listener.gained(now));
            }
        } finally {
            lock.unlock();
        }
    }

    private void tell(Runnable news) {
        try {
            teller.execute(() -> {
                try {
                    news.run();
                } catch (RuntimeException e) {
                    LOG.error("a change of leadership was not taken in", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("closed; nobody hears of it", e);
        }
    }

    @Override
    public void close() {
        lost();
        teller.shutdown();
    }
}
