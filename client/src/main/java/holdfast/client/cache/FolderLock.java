package holdfast.client.cache;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file that one thread of one process holds at a time. POSIX gives a process's lock on a file
 * back as soon as it closes any descriptor of that file; therefore threads of this process exclude
 * each other first, in memory, and only then open it.
 */
final class FolderLock implements AutoCloseable {
    private static final ConcurrentMap<Path, ReentrantLock> HERE = new ConcurrentHashMap<>();
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final ReentrantLock here;
    private final FileChannel channel;

    private FolderLock(ReentrantLock here, FileChannel channel) {
        this.here = here;
        this.channel = channel;
    }

    /** Takes the lock; TIMED_OUT when it is not to be had by the deadline. */
    static FolderLock take(Path file, Deadline deadline) throws IOException {
        ReentrantLock here = HERE.computeIfAbsent(file, _ -> new ReentrantLock());
        try {
            if (!here.tryLock(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS)) {
                throw timedOut(file);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted: " + file);
        }
        boolean taken = false;
        try {
            FolderLock lock = new FolderLock(here, waitFor(file, deadline));
            taken = true;
            return lock;
        } finally {
            if (!taken) {
                here.unlock();
            }
        }
    }

    private static FileChannel waitFor(Path file, Deadline deadline) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            while (!locked) {
                FileLock lock = channel.tryLock();
                locked = lock != null;
                if (!locked) {
                    if (deadline.passed()) {
                        throw timedOut(file);
                    }
                    LockSupport.parkNanos(
                            RETRY_NANOS); // file locks can't be waited for with a deadline
                }
            }
            return channel;
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private static FailureException timedOut(Path file) {
        return FailureException.of(
                FailureCode.TIMED_OUT, "another process kept the cache's lock too long: " + file);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            here.unlock();
        }
    }
}
