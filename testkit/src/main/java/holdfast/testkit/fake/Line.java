package holdfast.testkit.fake;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** One direction of the faulty network: its faults and its counts. */
final class Line {
    private static final long NEVER = Long.MAX_VALUE;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private long passed;
    private long held;
    private long holdAt = NEVER;
    private long cutAt = NEVER;
    private long corruptAt = NEVER;
    private long delayNanos;
    private boolean dropping;

    /** What to do with the next bytes of a block. */
    private record Step(int bytes, boolean drop, int corrupt, boolean cut, long delayNanos) {}

    /** Passes a block on, as the faults allow; false when the connection is to be cut. */
    boolean pass(ByteBuffer block, SocketChannel to) throws IOException {
        while (block.hasRemaining()) {
            Step step = next(block.remaining());
            pause(step.delayNanos());
            ByteBuffer part = block.slice(block.position(), step.bytes());
            block.position(block.position() + step.bytes());
            if (step.corrupt() >= 0) {
                part.put(step.corrupt(), (byte) (part.get(step.corrupt()) ^ 0x55));
            }
            while (!step.drop() && part.hasRemaining()) {
                to.write(part);
            }
            if (step.cut()) {
                return false;
            }
        }
        return true;
    }

    /** Passes the end of a connection on, as the faults allow. */
    void passEnd() {
        locked(() -> {
            while (passed >= holdAt) {
                changed.awaitUninterruptibly();
            }
        });
    }

    /** Waits until some of {@code size} bytes may go, and counts those. */
    private Step next(int size) {
        lock.lock();
        try {
            if (passed >= holdAt) {
                held += size;
                changed.signalAll();
                while (passed >= holdAt) {
                    changed.awaitUninterruptibly();
                }
                held -= size;
            }
            long bytes = Math.min(size, Math.min(holdAt, cutAt) - passed);
            boolean corrupts = corruptAt >= passed && corruptAt < passed + bytes;
            int corrupt = corrupts ? (int) (corruptAt - passed) : -1;
            passed += bytes;
            boolean cut = passed >= cutAt && bytes < size;
            cutAt = cut ? NEVER : cutAt;
            corruptAt = corrupts ? NEVER : corruptAt;
            changed.signalAll();
            return new Step((int) bytes, dropping, corrupt, cut, delayNanos);
        } finally {
            lock.unlock();
        }
    }

    private void pause(long nanos) {
        awaitUnless(nanos, () -> delayNanos == 0);
    }

    /** Waits until {@code over}, so long at most; says whether it is. */
    private boolean awaitUnless(long nanos, BooleanSupplier over) {
        lock.lock();
        try {
            long left = nanos;
            while (left > 0 && !over.getAsBoolean()) {
                left = changed.awaitNanos(left);
            }
            return over.getAsBoolean();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a faulty network", e);
        } finally {
            lock.unlock();
        }
    }

    void hold(long after) {
        locked(() -> holdAt = passed + after);
    }

    void release() {
        locked(() -> holdAt = NEVER);
    }

    boolean awaitHeld(long bytes, Duration timeout) {
        return awaitUnless(timeout.toNanos(), () -> held >= bytes);
    }

    void delay(Duration by) {
        locked(() -> delayNanos = by.toNanos());
    }

    void drop(boolean yes) {
        locked(() -> dropping = yes);
    }

    void cutAfter(long bytes) {
        locked(() -> cutAt = passed + bytes);
    }

    void corruptAt(long offset) {
        locked(() -> corruptAt = passed + offset);
    }

    void heal() {
        locked(() -> {
            holdAt = NEVER;
            cutAt = NEVER;
            corruptAt = NEVER;
            delayNanos = 0;
            dropping = false;
        });
    }

    long passed() {
        lock.lock();
        try {
            return passed;
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
