package holdfast.mount.cell;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Stores now and then what programs write to and keep open, one file after the other. What can't be
 * stored stays as it is: the program is told when it closes or syncs the file, since that tries to
 * store it, too.
 */
final class RegularStores implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RegularStores.class);
    private static final Duration LAST = Duration.ofSeconds(10);

    private final Duration every;
    private final Supplier<Set<Inode>> written;
    private final Storing storing;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stops = lock.newCondition();
    private final Thread thread;
    private boolean stopped;

    /** Stores what was written to one file, if anything was. */
    @FunctionalInterface
    interface Storing {
        void store(Inode inode) throws IOException;
    }

    private RegularStores(Duration every, Supplier<Set<Inode>> written, Storing storing) {
        this.every = every;
        this.written = written;
        this.storing = storing;
        thread = Thread.ofVirtual().name("holdfast-store-every").unstarted(this::run);
    }

    /** Stores what {@code written} tells of, until this is closed. */
    static RegularStores start(Duration every, Supplier<Set<Inode>> written, Storing storing) {
        RegularStores stores = new RegularStores(every, written, storing);
        stores.thread.start();
        return stores;
    }

    private void run() {
        while (!stopsWithin(every)) {
            for (Inode inode : written.get()) {
                if (stopsWithin(Duration.ZERO)) {
                    return;
                }
                store(inode);
            }
        }
    }

    private boolean stopsWithin(Duration time) {
        lock.lock();
        try {
            long left = time.toNanos();
            while (!stopped && left > 0) {
                left = stops.awaitNanos(left);
            }
            return stopped;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void store(Inode inode) {
        try {
            storing.store(inode);
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} is open and could not be stored for now: {}", inode, e.getMessage());
        }
    }

    /** Begins no other store, and waits a moment for the one under way. */
    @Override
    public void close() {
        lock.lock();
        try {
            stopped = true;
            stops.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (!thread.join(LAST)) {
                LOG.warn("a store that began before the end is still under way");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
