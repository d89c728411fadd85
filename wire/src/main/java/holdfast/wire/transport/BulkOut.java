package holdfast.wire.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

/** Sends exactly the bulk bytes that were announced. */
final class BulkOut implements WritableByteChannel {
    /** So that a stalled receiver is noticed between two of them. */
    private static final long TRANSFER_BYTES_MAX = 8L << 20;

    private static final int STEP_BYTES = 4 << 10;

    private final SocketChannel socket;
    private final Runnable progress;
    private long left;
    private boolean broken;

    BulkOut(SocketChannel socket, long length, Runnable progress) {
        this.socket = socket;
        this.left = length;
        this.progress = progress;
    }

    /** Whether the connection failed, rather than the source. */
    boolean broken() {
        return broken;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int size = bytes.remaining();
        take(size);
        while (bytes.hasRemaining()) {
            broken = true;
            socket.write(bytes);
            broken = false;
        }
        progress.run();
        return size;
    }

    /** Sends a part of a file without bringing its bytes into this process. */
    void transfer(FileChannel file, long from, long count) throws IOException {
        take(count);
        long position = from;
        long end = from + count;
        while (position < end) {
            long sent = sendfile(file, position, Math.min(end - position, TRANSFER_BYTES_MAX));
            position += sent > 0 ? sent : step(file, position, end);
            progress.run();
        }
    }

    private long sendfile(FileChannel file, long position, long count) throws IOException {
        try {
            return file.transferTo(position, count, socket);
        } catch (IOException e) {
            broken = file.isOpen();
            throw e;
        }
    }

    /**
     * The socket's buffer was full: on a virtual thread {@code transferTo} does not wait for room
     * there, so a small write of the usual kind does.
     */
    private int step(FileChannel file, long position, long end) throws IOException {
        ByteBuffer step = BufferPool.SHARED.take(STEP_BYTES);
        try {
            step.limit((int) Math.min(end - position, STEP_BYTES));
            int size = file.read(step, position);
            if (size <= 0) {
                throw new EOFException("a file is shorter than the part to be sent");
            }
            step.flip();
            while (step.hasRemaining()) {
                broken = true;
                socket.write(step);
                broken = false;
            }
            return size;
        } finally {
            BufferPool.SHARED.give(step);
        }
    }

    /** Checks that all of it was sent. */
    void finish() throws IOException {
        if (left > 0) {
            throw new IOException("a bulk source ended " + left + " bytes early");
        }
    }

    private void take(long bytes) throws IOException {
        if (bytes > left) {
            throw new IOException("a bulk source gives more bytes than it said");
        }
        left -= bytes;
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() {}
}
