package holdfast.mount.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import holdfast.model.path.Name;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * One connection to the kernel: the open {@code /dev/fuse}. What the file system says unasked goes
 * through here; after {@link #close} it does nothing, so that no number of a descriptor is used
 * that has become somebody else's.
 */
final class Device implements AutoCloseable {
    private static final long BACKING_OPEN = 0x4010_e501L;
    private static final long BACKING_CLOSE = 0x4004_e502L;

    private static final int NOTIFY_INVALIDATE_INODE = 2;
    private static final int NOTIFY_INVALIDATE_ENTRY = 3;
    private static final int NOTIFY_DELETE = 6;
    private static final int NOTIFY_INCREMENT_EPOCH = 8;
    private static final int EXPIRE_ONLY = 1;

    private final int descriptor;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    Device(int descriptor) {
        this.descriptor = descriptor;
    }

    /** For the threads that read requests and answer them; they end before {@link #close}. */
    int descriptor() {
        return descriptor;
    }

    boolean invalidateInode(long node, long offset, long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = message(arena, 24);
            message.set(JAVA_LONG, 16, node);
            message.set(JAVA_LONG, 24, offset);
            message.set(JAVA_LONG, 32, length);
            return tell(NOTIFY_INVALIDATE_INODE, arena, message);
        }
    }

    boolean invalidateEntry(long parent, Name name, boolean onlyExpire) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = name.bytes();
            MemorySegment message = message(arena, 16 + bytes.length + 1);
            message.set(JAVA_LONG, 16, parent);
            message.set(JAVA_INT, 24, bytes.length);
            message.set(JAVA_INT, 28, onlyExpire ? EXPIRE_ONLY : 0);
            MemorySegment.copy(bytes, 0, message, JAVA_BYTE, 32, bytes.length);
            return tell(NOTIFY_INVALIDATE_ENTRY, arena, message);
        }
    }

    boolean deleteEntry(long parent, long child, Name name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = name.bytes();
            MemorySegment message = message(arena, 24 + bytes.length + 1);
            message.set(JAVA_LONG, 16, parent);
            message.set(JAVA_LONG, 24, child);
            message.set(JAVA_INT, 32, bytes.length);
            MemorySegment.copy(bytes, 0, message, JAVA_BYTE, 40, bytes.length);
            return tell(NOTIFY_DELETE, arena, message);
        }
    }

    boolean incrementEpoch() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return tell(NOTIFY_INCREMENT_EPOCH, arena, message(arena, 0));
        }
    }

    Backing openBacking(Path file) throws IOException {
        lock.readLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            if (closed) {
                throw new IOException("no backing for " + file + ": the mount is gone");
            }
            int opened = LibC.open(file.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC);
            try {
                MemorySegment map = arena.allocate(16, Long.BYTES);
                map.set(JAVA_INT, 0, opened);
                return new Backing(this, LibC.ioctl(descriptor, BACKING_OPEN, map));
            } catch (LibC.Failed e) {
                throw new IOException("no backing for " + file + ": " + e.getMessage(), e);
            } finally {
                LibC.close(opened);
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    void closeBacking(int number) {
        lock.readLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            if (!closed) {
                MemorySegment argument = arena.allocate(JAVA_INT);
                argument.set(JAVA_INT, 0, number);
                LibC.ioctl(descriptor, BACKING_CLOSE, argument);
            }
        } catch (LibC.Failed e) {
            throw new IllegalStateException("backing " + number + " can't be closed", e);
        } finally {
            lock.readLock().unlock();
        }
    }

    private static MemorySegment message(Arena arena, int payloadBytes) {
        return arena.allocate(Frame.HEADER_BYTES + payloadBytes, Long.BYTES);
    }

    /** False when the kernel doesn't know what it is about, or the mount is gone. */
    private boolean tell(int code, Arena arena, MemorySegment message) throws IOException {
        message.set(JAVA_INT, 0, Math.toIntExact(message.byteSize()));
        message.set(JAVA_INT, 4, code);
        lock.readLock().lock();
        try {
            if (closed) {
                return false;
            }
            MemorySegment errno = arena.allocate(LibC.ERRNO_BYTES, Long.BYTES);
            long n = LibC.write(errno, descriptor, message, message.byteSize());
            if (n >= 0) {
                return true;
            }
            LibC.Failed failed = new LibC.Failed("notification " + code, (int) -n);
            if (failed.is(Errno.ENOENT)
                    || failed.is(Errno.ENOTCONN)
                    || failed.is(Errno.ENODEV)
                    || failed.is(Errno.ENOTDIR)) {
                return false;
            }
            throw failed;
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                LibC.close(descriptor);
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
