package holdfast.wire.transport;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.model.time.WallClock;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** What all connections of a server share. */
final class ServerCore {
    private static final Duration SLOT_WAIT_MAX = Duration.ofSeconds(1);

    private final ServiceTable table;
    private final TcpServer.Settings settings;
    private final Ticker ticker;
    private final Clock clock = WallClock.system();
    private final Strangers strangers;
    private final Semaphore handlers;
    private volatile boolean open = true;

    ServerCore(ServiceTable table, TcpServer.Settings settings, Ticker ticker) {
        this.table = table;
        this.settings = settings;
        this.ticker = ticker;
        this.strangers = new Strangers(ticker);
        this.handlers = new Semaphore(settings.handlersMax());
    }

    ServiceTable table() {
        return table;
    }

    TcpServer.Settings settings() {
        return settings;
    }

    Ticker ticker() {
        return ticker;
    }

    /** The time of day, for people. */
    Clock clock() {
        return clock;
    }

    Strangers strangers() {
        return strangers;
    }

    /** Whether further requests are taken. */
    boolean isOpen() {
        return open;
    }

    void close() {
        open = false;
    }

    /** Takes one of the places for handlers. */
    void enterHandler(Deadline deadline) {
        try {
            long nanos = Math.min(deadline.leftNanos(), SLOT_WAIT_MAX.toNanos());
            if (handlers.tryAcquire() || handlers.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw FailureException.of(
                FailureCode.UNAVAILABLE,
                "the server has " + settings.handlersMax() + " requests under way already");
    }

    void leaveHandler() {
        handlers.release();
    }
}
