package holdfast.server.chunk;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The disk's space, less a reserve that chunks never take: the log, the namespace and collections
 * need some to go on (rule 6d). What is being received counts as taken from its start.
 */
final class Space {
    private static final long RESERVE_BYTES_MAX = 1L << 30;

    /** Some segments of the log, which takes 4 MiB at a time, and a flush of the namespace. */
    private static final long RESERVE_BYTES_MIN = 32L << 20;

    private static final int RESERVE_PART = 20;

    private final FileStore disk;
    private final AtomicLong promised = new AtomicLong();

    Space(FileStore disk) {
        this.disk = disk;
    }

    /** Takes {@code bytes} until {@link #give}; NO_SPACE when there are not so many. */
    void take(long bytes) {
        if (free() < bytes) {
            throw FailureException.of(
                    FailureCode.NO_SPACE,
                    "no space left on the file server's disk for " + bytes + " bytes");
        }
        promised.addAndGet(bytes);
    }

    void give(long bytes) {
        promised.addAndGet(-bytes);
    }

    long free() {
        try {
            long reserve = Math.clamp(
                    disk.getTotalSpace() / RESERVE_PART, RESERVE_BYTES_MIN, RESERVE_BYTES_MAX);
            return disk.getUsableSpace() - reserve - promised.get();
        } catch (IOException e) {
            throw new UncheckedIOException("the free space of " + disk, e);
        }
    }

    long capacity() {
        try {
            return disk.getTotalSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("the size of " + disk, e);
        }
    }
}
