package holdfast.client.cache;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One reader's channel on an object whose real channel is shared, so that a warm open opens
 * nothing. It has a position of its own and reads at absolute positions. When another reader is
 * interrupted, which closes the real channel, this one goes on with a new one.
 */
final class ReadView extends FileChannel {
    private static final int REOPENS_MAX = 1_000;

    private final OpenObject object;
    private final ReentrantLock positionLock = new ReentrantLock();
    private long position;

    ReadView(OpenObject object) {
        this.object = object;
    }

    @FunctionalInterface
    private interface Work<T> {
        T on(FileChannel channel) throws IOException;
    }

    private <T> T shared(Work<T> work) throws IOException {
        for (int i = 0; i < REOPENS_MAX; i++) {
            checkOpen();
            try {
                return work.on(object.channel());
            } catch (ClosedByInterruptException e) {
                close();
                throw e;
            } catch (ClosedChannelException e) {
                checkOpen(); // another reader was interrupted
            }
        }
        throw new AsynchronousCloseException();
    }

    private void checkOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        positionLock.lock();
        try {
            int read = read(into, position);
            position += Math.max(0, read);
            return read;
        } finally {
            positionLock.unlock();
        }
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            while (into[i].hasRemaining()) {
                int read = read(into[i]);
                if (read < 0) {
                    return total == 0 ? -1 : total;
                }
                total += read;
            }
        }
        return total;
    }

    @Override
    public int read(ByteBuffer into, long at) throws IOException {
        return shared(channel -> channel.read(into, at));
    }

    @Override
    public long position() throws IOException {
        checkOpen();
        positionLock.lock();
        try {
            return position;
        } finally {
            positionLock.unlock();
        }
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        checkOpen();
        if (newPosition < 0) {
            throw new IllegalArgumentException("position " + newPosition);
        }
        positionLock.lock();
        try {
            position = newPosition;
            return this;
        } finally {
            positionLock.unlock();
        }
    }

    @Override
    public long size() throws IOException {
        checkOpen();
        return object.size();
    }

    @Override
    public long transferTo(long at, long count, WritableByteChannel target) throws IOException {
        return shared(channel -> channel.transferTo(at, count, target));
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long at, long length) throws IOException {
        readOnly(mode);
        return shared(channel -> channel.map(mode, at, length));
    }

    @Override
    public MemorySegment map(MapMode mode, long at, long length, Arena arena) throws IOException {
        readOnly(mode);
        return shared(channel -> channel.map(mode, at, length, arena));
    }

    private static void readOnly(MapMode mode) {
        if (mode.equals(MapMode.READ_WRITE)) {
            throw new NonWritableChannelException();
        }
    }

    @Override
    public void force(boolean metaData) throws IOException {
        checkOpen();
    }

    @Override
    public int write(ByteBuffer from) {
        throw new NonWritableChannelException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new NonWritableChannelException();
    }

    @Override
    public int write(ByteBuffer from, long at) {
        throw new NonWritableChannelException();
    }

    @Override
    public FileChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public long transferFrom(ReadableByteChannel from, long at, long count) {
        throw new NonWritableChannelException();
    }

    @Override
    public FileLock lock(long at, long length, boolean shared) {
        throw new UnsupportedOperationException("a cached file is locked at the cell, not here");
    }

    @Override
    public FileLock tryLock(long at, long length, boolean shared) {
        throw new UnsupportedOperationException("a cached file is locked at the cell, not here");
    }

    @Override
    protected void implCloseChannel() {
        // the real channel belongs to the object
    }
}
