package holdfast.client.cache;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;

/**
 * The channel of a working copy: notes what is written, and waits while a store reads the file.
 * When the disk is full, cached objects make room before the writer is told.
 */
final class TrackedChannel extends FileChannel {
    private static final int ZEROS = 1 << 20;

    private final FileChannel real;
    private final boolean append;
    private final WrittenRanges ranges;
    private final Runnable mapped;
    private final StampedLock gate;
    private final Path file;
    private final Space space;
    private final Durable durable;
    private final ReentrantLock positionLock = new ReentrantLock();

    /** What must be durable with the bytes: the record that says whose they are. */
    @FunctionalInterface
    interface Durable {
        void sync() throws IOException;
    }

    /**
     * Tracks {@code real}.
     *
     * @param mapped told when the file is mapped for writing: such writes are not seen here
     */
    TrackedChannel(
            FileChannel real,
            boolean append,
            WrittenRanges ranges,
            Runnable mapped,
            StampedLock gate,
            Path file,
            Space space,
            Durable durable) {
        this.real = real;
        this.append = append;
        this.ranges = ranges;
        this.mapped = mapped;
        this.gate = gate;
        this.file = file;
        this.space = space;
        this.durable = durable;
    }

    @FunctionalInterface
    private interface Work<T> {
        T run() throws IOException;
    }

    /** Changes the file; not while a store reads it. */
    private <T> T changing(long bytes, Work<T> work) throws IOException {
        long stamp = gate.readLock();
        try {
            return work.run();
        } catch (IOException e) {
            if (!Failures.noSpace(e) || !space.freeUp(bytes)) {
                throw e;
            }
            return work.run();
        } finally {
            gate.unlockRead(stamp);
        }
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        positionLock.lock();
        try {
            long at = append ? real.size() : real.position();
            int written = write(from, at);
            FileChannel _ = real.position(at + written);
            return written;
        } finally {
            positionLock.unlock();
        }
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, from.length);
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            while (from[i].hasRemaining()) {
                total += write(from[i]);
            }
        }
        return total;
    }

    @Override
    public int write(ByteBuffer from, long at) throws IOException {
        return changing(from.remaining(), () -> {
            // Noted first: a write that fails may have written some of it.
            ranges.add(at, at + from.remaining());
            return real.write(from, at);
        });
    }

    @Override
    public long transferFrom(ReadableByteChannel from, long at, long count) throws IOException {
        return changing(count, () -> {
            ranges.add(at, at + count);
            return real.transferFrom(from, at, count);
        });
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        return changing(0, () -> {
            ranges.add(size, Math.max(size, real.size()));
            FileChannel _ = real.truncate(size);
            return this;
        });
    }

    /** Makes it so long by a hole at its end; shorter than it is: nothing. */
    void extend(long size) throws IOException {
        boolean _ = changing(0, () -> {
            long now = real.size();
            if (now >= size) {
                return false;
            }
            ranges.add(now, size);
            if (Posix.AVAILABLE) {
                try (Posix.Descriptor open = Posix.Descriptor.open(file, true)) {
                    open.setSize(size);
                }
            } else {
                int _ = real.write(ByteBuffer.allocate(1), size - 1);
            }
            return true;
        });
    }

    /** Makes these bytes zeros, as far as there are any. */
    void zero(long at, long length) throws IOException {
        long end = Math.min(real.size(), Math.addExact(at, length));
        if (end <= at) {
            return;
        }
        boolean _ = changing(0, () -> {
                    ranges.add(at, end);
                    return Posix.AVAILABLE && punched(at, end);
                })
                || zeroed(at, end);
    }

    private boolean punched(long at, long end) throws IOException {
        try (Posix.Descriptor open = Posix.Descriptor.open(file, true)) {
            open.punch(at, end - at);
            return true;
        } catch (Posix.Failed e) {
            if (e.unsupported()) {
                return false;
            }
            throw e;
        }
    }

    private boolean zeroed(long at, long end) throws IOException {
        for (long next = at; next < end; next += ZEROS) {
            ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS, end - next));
            while (zeros.hasRemaining()) {
                int _ = write(zeros, next + zeros.position());
            }
        }
        return true;
    }

    /** Copies from a local file, which may be this one; returns how many bytes, 0 at its end. */
    long copyFrom(Path from, long fromPosition, long at, long length) throws IOException {
        return changing(length, () -> {
            ranges.add(at, at + length);
            return Posix.AVAILABLE
                    ? copied(from, fromPosition, at, length)
                    : transferred(from, fromPosition, at, length);
        });
    }

    private long copied(Path from, long fromPosition, long at, long length) throws IOException {
        try (Posix.Descriptor source = Posix.Descriptor.open(from, false);
                Posix.Descriptor target = Posix.Descriptor.open(file, true)) {
            return target.copy(source, fromPosition, at, length);
        } catch (Posix.Failed e) {
            if (e.unsupported()) {
                return transferred(from, fromPosition, at, length);
            }
            throw e;
        }
    }

    private long transferred(Path from, long fromPosition, long at, long length)
            throws IOException {
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ)) {
            return real.transferFrom(source.position(fromPosition), at, length);
        }
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long at, long length) throws IOException {
        noteMapping(mode);
        return real.map(mode, at, length);
    }

    @Override
    public MemorySegment map(MapMode mode, long at, long length, Arena arena) throws IOException {
        noteMapping(mode);
        return real.map(mode, at, length, arena);
    }

    private void noteMapping(MapMode mode) {
        if (mode.equals(MapMode.READ_WRITE)) {
            mapped.run();
            ranges.addUnknown();
        }
    }

    @Override
    public void force(boolean metaData) throws IOException {
        real.force(metaData);
        durable.sync();
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return real.read(into);
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        return real.read(into, offset, length);
    }

    @Override
    public int read(ByteBuffer into, long at) throws IOException {
        return real.read(into, at);
    }

    @Override
    public long transferTo(long at, long count, WritableByteChannel target) throws IOException {
        return real.transferTo(at, count, target);
    }

    @Override
    public long position() throws IOException {
        return real.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        FileChannel _ = real.position(newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return real.size();
    }

    @Override
    public FileLock lock(long at, long length, boolean shared) throws IOException {
        return real.lock(at, length, shared);
    }

    @Override
    public @Nullable FileLock tryLock(long at, long length, boolean shared) throws IOException {
        return real.tryLock(at, length, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        real.close();
    }
}
