package holdfast.wire.transport;

import holdfast.model.time.Ticker;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Notices that a client went away while its call waits, and interrupts the handler.
 *
 * <p>A connection has one call at a time, so nothing is to be read during one. A call that has
 * lasted {@link #PATIENCE_NANOS} therefore gets a second thread, which reads: the end of the
 * connection means that the client is gone; bytes can only be its next request, which the
 * connection's own thread then finds read. Short calls pay for an {@link Alarm} that does not ring.
 */
final class PeerWatch {
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** What the second thread does. */
    private enum Reading {
        NONE,
        UNDER_WAY,
        ENDED,
        PEER_GONE
    }

    private final Link link;
    private final Alarm alarm;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private Reading reading = Reading.NONE;
    private boolean calling;
    private boolean interrupted;
    private Thread handler = Thread.currentThread();

    PeerWatch(Link link, Ticker ticker) {
        this.link = link;
        this.alarm = new Alarm(ticker, this::startReading);
    }

    /** The calling thread starts a call that may wait long. */
    void begin() {
        lock.lock();
        try {
            calling = true;
            handler = Thread.currentThread();
        } finally {
            lock.unlock();
        }
        alarm.in(PATIENCE_NANOS);
    }

    /** The call has ended; the calling thread is no longer interrupted. */
    void end() {
        alarm.clear();
        lock.lock();
        try {
            calling = false;
            if (interrupted) {
                interrupted = false;
                Thread.interrupted();
            }
        } finally {
            lock.unlock();
        }
    }

    /** As {@link Link#awaitInput}, whichever thread it is that reads. */
    boolean awaitInput() throws IOException {
        lock.lock();
        try {
            while (reading == Reading.UNDER_WAY) {
                changed.awaitUninterruptibly();
            }
            if (reading == Reading.PEER_GONE) {
                return false;
            }
            reading = Reading.NONE;
        } finally {
            lock.unlock();
        }
        return link.awaitInput();
    }

    /** Ends the wait of the call under way, if there is one. */
    void interruptHandler() {
        lock.lock();
        try {
            if (calling) {
                interrupted = true;
                handler.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    private void startReading() {
        Thread.ofVirtual().name("holdfast-peer-watch").start(this::read);
    }

    private void read() {
        if (!mayRead()) {
            return;
        }
        boolean there;
        try {
            there = link.awaitInput();
        } catch (IOException e) {
            there = false;
        }
        lock.lock();
        try {
            reading = there ? Reading.ENDED : Reading.PEER_GONE;
            if (!there) {
                interruptHandler();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean mayRead() {
        lock.lock();
        try {
            if (!calling || reading != Reading.NONE) {
                return false;
            }
            reading = Reading.UNDER_WAY;
            return true;
        } finally {
            lock.unlock();
        }
    }
}
