package holdfast.mount.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory of a mount's requests, taken and given back, outside the heap. Of each kind there is a
 * bounded number, made when first needed and given out again last come, first gone, so that few are
 * warm. Freed when the last user has let go of it, by the garbage collector.
 */
final class Memory {
    /** The most bytes that one request reads or writes: 256 pages. */
    static final int TRANSFER_BYTES_MAX = 1 << 20;

    /** Room for a header and the fixed part of any operation. */
    static final int HEADROOM_BYTES = 4096;

    private final Arena arena = Arena.ofAuto();
    private final ConcurrentLinkedDeque<Frame> frames = new ConcurrentLinkedDeque<>();
    private final ConcurrentLinkedDeque<MemorySegment> blocks = new ConcurrentLinkedDeque<>();
    private final Semaphore framesLeft;
    private final Semaphore blocksLeft;
    private final int framesMax;
    private final Duration patience;

    /** At most this many frames and blocks out at a time; who wants one waits for so long. */
    Memory(int framesMax, int blocksMax, Duration patience) {
        this.framesMax = framesMax;
        framesLeft = new Semaphore(framesMax);
        blocksLeft = new Semaphore(blocksMax);
        this.patience = patience;
    }

    /** A request's own little memory. ENOMEM when none becomes free in time. */
    Frame takeFrame() throws InterruptedException {
        acquire(framesLeft);
        Frame frame = frames.pollFirst();
        return frame == null ? new Frame(arena) : frame;
    }

    void give(Frame frame) {
        frames.addFirst(frame);
        framesLeft.release();
    }

    /** Waits until all frames are given back, and lets no more out; false when it takes longer. */
    boolean awaitFrames(Duration longest) throws InterruptedException {
        return framesLeft.tryAcquire(framesMax, longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Memory for a whole transfer and {@link #HEADROOM_BYTES}. ENOMEM when none becomes free. */
    MemorySegment takeBlock() throws InterruptedException {
        acquire(blocksLeft);
        MemorySegment block = blocks.pollFirst();
        return block == null ? newBlock() : block;
    }

    void give(MemorySegment block) {
        blocks.addFirst(block);
        blocksLeft.release();
    }

    /** One that isn't counted. */
    Frame newFrame() {
        return new Frame(arena);
    }

    /** One that isn't counted. */
    MemorySegment newBlock() {
        final long page = 4096;
        return arena.allocate(TRANSFER_BYTES_MAX + HEADROOM_BYTES, page);
    }

    private void acquire(Semaphore left) throws InterruptedException {
        if (!left.tryAcquire() && !left.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new FuseException(Errno.ENOMEM, "too many requests at once");
        }
    }
}
