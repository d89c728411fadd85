package holdfast.wire.transport;

import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Notices that a server fell silent, stopped or on a machine that is gone, while calls wait for it.
 * When nothing has come from it for a while, it is greeted over a new connection; when it does not
 * answer that either, the calls that waited before are ended, so that their callers may turn to
 * another member long before their deadlines. A server that is only slow answers the greeting.
 */
final class Vigil {
    /** Between two looks, at first; longer as long as the server answers nothing but greetings. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final Duration LOOK_MAX = Duration.ofSeconds(8);
    private static final Duration GREETING = Duration.ofSeconds(2);

    private final Ticker ticker;
    private final Watched watched;
    private final Alarm alarm;
    private final ReentrantLock lock = new ReentrantLock();
    private Duration interval = LOOK;
    private volatile boolean keeping;

    /** Whether anything came from the server since the last look. */
    private volatile boolean heard;

    /** What a vigil is kept over. */
    interface Watched {
        /** Whether there is a call that should be answered soon. */
        boolean isCalled();

        /** The connections with calls under way, also those that may wait long. */
        List<ClientConnection> called();

        /** Greets the server over a new connection. */
        void greet(Deadline deadline) throws IOException;
    }

    Vigil(Ticker ticker, Watched watched) {
        this.ticker = ticker;
        this.watched = watched;
        this.alarm = new Alarm(ticker, this::look);
    }

    /** A call begins, and {@link Watched#isCalled} already. */
    void keep() {
        if (keeping) {
            return;
        }
        lock.lock();
        try {
            if (!keeping) {
                keeping = true;
                heard = false;
                interval = LOOK;
                alarm.in(LOOK.toNanos());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Something came from the server. */
    void heard() {
        if (!heard) {
            heard = true;
        }
    }

    private void look() {
        if (!watched.isCalled()) {
            rest();
        } else if (heard) {
            next(LOOK);
        } else {
            Thread.ofVirtual().name("holdfast-vigil").start(this::probe);
        }
    }

    private void probe() {
        List<ClientConnection> called = watched.called();
        boolean silent = false;
        try {
            watched.greet(Deadline.in(GREETING, ticker));
        } catch (ConnectException | NoRouteToHostException | SocketTimeoutException e) {
            silent = !heard;
        } catch (IOException | RuntimeException e) {
            // It said something, or this machine is what hinders the greeting.
        }
        if (silent) {
            called.forEach(ClientConnection::giveUp);
        }
        next(silent ? LOOK : longer());
    }

    private Duration longer() {
        Duration twice = interval.multipliedBy(2);
        return twice.compareTo(LOOK_MAX) < 0 ? twice : LOOK_MAX;
    }

    private void next(Duration until) {
        lock.lock();
        try {
            heard = false;
            interval = until;
            alarm.in(until.toNanos());
        } finally {
            lock.unlock();
        }
    }

    /** Until the next call, if that has not begun meanwhile. */
    private void rest() {
        lock.lock();
        try {
            keeping = false;
        } finally {
            lock.unlock();
        }
        if (watched.isCalled()) {
            keep();
        }
    }
}
