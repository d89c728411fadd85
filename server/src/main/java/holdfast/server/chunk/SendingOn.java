package holdfast.server.chunk;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Sends chunks on to one other member as they come, so that the store that will name them finds
 * most of them there. Only a help: what does not arrive is sent by the store. Safe for many
 * threads.
 */
final class SendingOn {
    private static final Logger LOG = LoggerFactory.getLogger(SendingOn.class);

    /** Chunks waiting; what comes beyond is left to the store. */
    private static final int WAITING_MAX = 1_024;

    private static final int BATCH = 8;

    private final Consumer<List<ChunkHash>> copy;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sent = lock.newCondition();
    private final Deque<ChunkHash> waiting = new ArrayDeque<>();
    private final Set<ChunkHash> unsent = new HashSet<>();
    private boolean running;

    /** @param copy sends chunks to the member; a FailureException when it can't */
    SendingOn(Consumer<List<ChunkHash>> copy) {
        this.copy = copy;
    }

    /** Sends it soon, or not at all. */
    void send(ChunkHash hash) {
        lock.lock();
        try {
            if (waiting.size() >= WAITING_MAX || !unsent.add(hash)) {
                return;
            }
            waiting.add(hash);
            if (!running) {
                running = true;
                Thread.ofVirtual().name("sending-chunks-on").start(this::run);
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        List<ChunkHash> batch = next(List.of());
        while (!batch.isEmpty()) {
            try {
                copy.accept(batch);
            } catch (RuntimeException e) {
                LOG.debug("chunks are left to their stores", e);
                giveUp();
            }
            batch = next(batch);
        }
    }

    private List<ChunkHash> next(List<ChunkHash> done) {
        lock.lock();
        try {
            done.forEach(unsent::remove);
            List<ChunkHash> batch = new ArrayList<>(BATCH);
            while (batch.size() < BATCH && !waiting.isEmpty()) {
                batch.add(waiting.remove());
            }
            running = !batch.isEmpty();
            sent.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void giveUp() {
        lock.lock();
        try {
            waiting.forEach(unsent::remove);
            waiting.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when none of {@code hashes} is on its way any more; TIMED_OUT at the deadline. */
    void settle(Collection<ChunkHash> hashes, Deadline deadline) {
        lock.lock();
        try {
            while (!Collections.disjoint(unsent, hashes)) {
                if (deadline.passed()) {
                    throw FailureException.of(
                            FailureCode.TIMED_OUT, "another file server takes chunks too slowly");
                }
                var unused = sent.awaitNanos(deadline.leftNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(
                    FailureCode.CANCELLED, "copying chunks to other members was cancelled");
        } finally {
            lock.unlock();
        }
    }
}
