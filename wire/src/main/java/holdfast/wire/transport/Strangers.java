package holdfast.wire.transport;

import holdfast.model.time.Ticker;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Logs connections that made no sense: one line, and at most one in ten seconds. */
final class Strangers {
    private static final Logger LOG = LoggerFactory.getLogger(TcpServer.class);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Ticker ticker;
    private final AtomicLong next;
    private final AtomicInteger untold = new AtomicInteger();

    Strangers(Ticker ticker) {
        this.ticker = ticker;
        this.next = new AtomicLong(ticker.nanos());
    }

    /** Says that the connection from {@code peer} is closed, and why. */
    void report(String peer, String why) {
        long now = ticker.nanos();
        long moment = next.get();
        if (now - moment < 0 || !next.compareAndSet(moment, now + QUIET_NANOS)) {
            untold.incrementAndGet();
            return;
        }
        int more = untold.getAndSet(0);
        String before = more == 0 ? "" : " (and " + more + " like it before, not logged)";
        LOG.warn("closing the connection from {}: {}{}", peer, why, before);
    }
}
