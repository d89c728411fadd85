package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Ticker;
import holdfast.server.files.Pushed.Target;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Room on the disk that stores under way have declared to need, so that a store for which there is
 * none hears so before it sends a byte (rule 6d). A claim lapses when nothing is sent for a while.
 */
final class Room {
    private static final int CLAIMS_MAX = 100_000;
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final LongSupplier freeBytes;
    private final Ticker ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<Target, Claim> claims = new LinkedHashMap<>(16, 0.75f, true);
    private long claimed;

    private record Claim(long declared, long left, long untilNanos) {}

    Room(LongSupplier freeBytes, Ticker ticker) {
        this.freeBytes = freeBytes;
        this.ticker = ticker;
    }

    /** Claims room for {@code newBytes} in all; NO_SPACE when there is not so much. */
    void claim(Target target, long newBytes) {
        long free = freeBytes.getAsLong();
        lock.lock();
        try {
            expire();
            Claim before = claims.get(target);
            if (before != null && before.declared == newBytes) {
                put(target, newBytes, before.left);
                return;
            }
            long others = claimed - (before == null ? 0 : before.left);
            if (newBytes > free - others) {
                throw FailureException.of(
                        FailureCode.NO_SPACE,
                        "the file server's disk has no room for " + newBytes + " bytes");
            }
            put(target, newBytes, newBytes);
        } finally {
            lock.unlock();
        }
    }

    /**
     * NO_SPACE when only the reserve is left, which is for what frees space or needs hardly any.
     */
    void requireSome() {
        if (freeBytes.getAsLong() <= 0) {
            throw FailureException.of(FailureCode.NO_SPACE, "the file server's disk is full");
        }
    }

    private void put(Target target, long declared, long left) {
        long until = ticker.nanos() + IDLE.toNanos();
        Claim before = claims.put(target, new Claim(declared, left, until));
        claimed += left - (before == null ? 0 : before.left);
    }

    private void expire() {
        long now = ticker.nanos();
        Iterator<Map.Entry<Target, Claim>> eldest = claims.entrySet().iterator();
        while (eldest.hasNext()) {
            Claim claim = eldest.next().getValue();
            if (claim.untilNanos - now > 0 && claims.size() < CLAIMS_MAX) {
                return;
            }
            claimed -= claim.left;
            eldest.remove();
        }
    }

    /** So many of the claimed bytes have come, and are on the disk. */
    void came(Target target, long bytes) {
        lock.lock();
        try {
            Claim claim = claims.get(target);
            if (claim != null) {
                put(target, claim.declared, Math.max(0, claim.left - bytes));
            }
        } finally {
            lock.unlock();
        }
    }

    /** The store was made, or given up. */
    void release(Target target) {
        lock.lock();
        try {
            Claim claim = claims.remove(target);
            claimed -= claim == null ? 0 : claim.left;
        } finally {
            lock.unlock();
        }
    }
}
