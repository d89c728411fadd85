package holdfast.server.directory.service;

import holdfast.model.time.Ticker;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.ServerHeartbeat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who is up, as one leader's turn hears it. A new leader takes all for up until they had the time
 * to tell it. Safe for many threads.
 */
final class Pulse {
    /** How often servers tell that they live. */
    static final Duration INTERVAL = Duration.ofSeconds(2);

    /** So many may be missed. */
    static final int MISSED_MAX = 3;

    private static final class Beat {
        private long seenNanos;
        private boolean up = true;
        private long capacity;
        private long free;
        private boolean draining;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Beat> beats = new HashMap<>();
    private final Ticker ticker;
    private long term;
    private long changes;

    Pulse(Ticker ticker) {
        this.ticker = ticker;
    }

    /** A server lives, and says of itself what is in {@code told}. */
    void beat(long now, Server server, ServerHeartbeat told) {
        lock.lock();
        try {
            turn(now);
            Beat beat = beats.computeIfAbsent(server.getServer(), id -> fresh(server));
            beat.seenNanos = ticker.nanos();
            beat.capacity = told.getCapacityBytes();
            beat.free = told.getFreeBytes();
            if (beat.draining != told.getDraining()) {
                beat.draining = told.getDraining();
                changes++;
            }
            if (!beat.up) {
                beat.up = true;
                changes++;
            }
        } finally {
            lock.unlock();
        }
    }

    /** What is known of {@code server}, added to what is committed. */
    Server.Builder seen(long now, Server server) {
        lock.lock();
        try {
            turn(now);
            Beat beat = beats.computeIfAbsent(server.getServer(), id -> fresh(server));
            return server.toBuilder()
                    .setUp(beat.up)
                    .setSilentMillis(silentNanos(beat) / 1_000_000)
                    .setCapacityBytes(beat.capacity)
                    .setFreeBytes(beat.free)
                    .setDraining(beat.draining);
        } finally {
            lock.unlock();
        }
    }

    /** How often a server went up or down in this turn, up to this moment; forgets the gone. */
    long changes(long now, Set<String> registered) {
        lock.lock();
        try {
            turn(now);
            beats.keySet().retainAll(registered);
            for (Beat beat : beats.values()) {
                if (beat.up && silentNanos(beat) > INTERVAL.toNanos() * MISSED_MAX) {
                    beat.up = false;
                    changes++;
                }
            }
            return changes;
        } finally {
            lock.unlock();
        }
    }

    private long silentNanos(Beat beat) {
        return Math.max(0, ticker.nanos() - beat.seenNanos);
    }

    private Beat fresh(Server server) {
        Beat beat = new Beat();
        beat.seenNanos = ticker.nanos();
        beat.capacity = server.getCapacityBytes();
        beat.free = server.getFreeBytes();
        return beat;
    }

    /** What was heard in a former turn may be long ago. */
    private void turn(long now) {
        if (now != term) {
            term = now;
            changes = 0;
            beats.clear();
        }
    }
}
