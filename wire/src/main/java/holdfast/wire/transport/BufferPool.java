package holdfast.wire.transport;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Buffers for frames and bulk bytes, most of them direct and used again. What is out at one time is
 * bounded; whoever asks for more waits a while and is then refused.
 */
final class BufferPool {
    /** Bytes of the buffers that file contents move through. */
    static final int BULK_BYTES = 256 << 10;

    /** One for the whole process. */
    static final BufferPool SHARED = new BufferPool(defaultBytesMax());

    private static final int UNIT_BYTES = 4 << 10;
    private static final long WAIT_SECONDS_MAX = 10;

    private final Shelf[] shelves = {
        new Shelf(UNIT_BYTES, 512), new Shelf(128 << 10, 64), new Shelf(BULK_BYTES, 32)
    };
    private final Semaphore units;

    BufferPool(long bytesMax) {
        units = new Semaphore(Math.toIntExact(bytesMax / UNIT_BYTES));
    }

    private static long defaultBytesMax() {
        long quarter = Runtime.getRuntime().maxMemory() / 4;
        return Math.clamp(quarter, 32L << 20, 512L << 20);
    }

    /** A cleared buffer of at least {@code bytes}; larger than a bulk buffer only up to need. */
    ByteBuffer take(int bytes) throws IOException {
        for (Shelf shelf : shelves) {
            if (bytes <= shelf.bytes) {
                reserve(shelf.bytes);
                return shelf.take();
            }
        }
        reserve(bytes);
        return ByteBuffer.allocate(bytes);
    }

    /** Takes back what {@link #take} gave. */
    void give(ByteBuffer buffer) {
        for (Shelf shelf : shelves) {
            if (buffer.capacity() == shelf.bytes) {
                shelf.give(buffer);
            }
        }
        units.release(unitsOf(buffer.capacity()));
    }

    private void reserve(int bytes) throws IOException {
        int wanted = unitsOf(bytes);
        if (units.tryAcquire(wanted)) {
            return;
        }
        try {
            if (!units.tryAcquire(wanted, WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new IOException("no room for a buffer of " + bytes + " bytes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException stopped =
                    new InterruptedIOException("interrupted while waiting for a buffer");
            stopped.initCause(e);
            throw stopped;
        }
    }

    private static int unitsOf(int bytes) {
        return Math.ceilDiv(bytes, UNIT_BYTES);
    }

    /** The free buffers of one size, the last used on top. */
    private static final class Shelf {
        private final int bytes;
        private final int keptMax;
        private final ConcurrentLinkedDeque<ByteBuffer> free = new ConcurrentLinkedDeque<>();
        private final AtomicInteger kept = new AtomicInteger();

        Shelf(int bytes, int keptMax) {
            this.bytes = bytes;
            this.keptMax = keptMax;
        }

        ByteBuffer take() {
            ByteBuffer buffer = free.pollFirst();
            if (buffer == null) {
                return ByteBuffer.allocateDirect(bytes);
            }
            kept.decrementAndGet();
            return buffer.clear();
        }

        void give(ByteBuffer buffer) {
            if (kept.incrementAndGet() <= keptMax) {
                free.offerFirst(buffer);
            } else {
                kept.decrementAndGet();
            }
        }
    }
}
