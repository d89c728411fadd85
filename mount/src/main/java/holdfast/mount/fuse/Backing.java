package holdfast.mount.fuse;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A local file that the kernel reads and writes in place of a file of the mount. Made by
 * {@link FuseMount#backing}; named in {@link Opened#through} for each open of one inode that
 * overlaps with others, and closed after the last of them. Threads may share it.
 */
public final class Backing implements AutoCloseable {
    private final Device device;
    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    Backing(Device device, int number) {
        this.device = device;
        this.number = number;
    }

    int number() {
        return number;
    }

    /** Lets go of it; files that are open through it stay so. Again: nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            device.closeBacking(number);
        }
    }
}
