package holdfast.server.membership;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.replication.Membership;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A member that is about to be stopped: it hands leadership over and does not stand for election,
 * but when the group has no leader for long, since then nobody else can lead. Forgotten with the
 * process. Safe for many threads.
 */
public final class Draining implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Draining.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration HAND_OVER = Duration.ofSeconds(10);
    private static final Duration LEADERLESS_MAX = Duration.ofSeconds(5);

    private final Membership membership;
    private final Ticker ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private CountDownLatch ended = new CountDownLatch(0);

    /** Of the member that {@code membership} is of; not draining as yet. */
    public Draining(Membership membership, Ticker ticker) {
        this.membership = membership;
        this.ticker = ticker;
    }

    /** Whether it is about to be stopped. */
    public boolean on() {
        lock.lock();
        try {
            return ended.getCount() > 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * From now on; nothing changes when it is draining already.
     *
     * @param force also when it is alone in its group
     * @throws FailureException BUSY when it is alone: nobody could take over
     */
    public void begin(boolean force) {
        boolean alone = membership.view().members().size() < 2;
        if (alone && !force) {
            throw FailureException.of(
                    FailureCode.BUSY,
                    "it has no replica, so its volumes will be away; --force drains it all the"
                            + " same");
        }
        lock.lock();
        try {
            if (ended.getCount() == 0) {
                CountDownLatch end = new CountDownLatch(1);
                ended = end;
                if (!alone) {
                    Thread.ofVirtual().name("draining").start(() -> stayBehind(end));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** It may lead again. */
    public void end() {
        lock.lock();
        try {
            ended.countDown();
        } finally {
            lock.unlock();
        }
        membership.standForElection(true);
    }

    private void stayBehind(CountDownLatch end) {
        long ledNanos = ticker.nanos();
        try {
            do {
                ledNanos = membership.view().leader().isEmpty() ? ledNanos : ticker.nanos();
                step(ticker.nanos() - ledNanos > LEADERLESS_MAX.toNanos());
            } while (!end.await(LOOK.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void step(boolean needed) {
        try {
            membership.standForElection(needed);
            if (membership.view().leads()) {
                membership.handOver(Deadline.in(HAND_OVER, ticker));
            }
        } catch (FailureException e) {
            LOG.info("this member still leads: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            ended.countDown();
        } finally {
            lock.unlock();
        }
    }
}
