package holdfast.wire.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;

/** The bulk bytes behind a frame, and not one byte more. */
final class BulkIn implements ReadableByteChannel {
    private static final long PROGRESS_BYTES = 64 << 10;

    private final SocketChannel socket;
    private final ByteBuffer ahead;
    private final Runnable progress;
    private long left;
    private long unreported;
    private boolean broken;

    /**
     * Reads {@code length} bytes, first from {@code ahead}.
     *
     * @param progress told now and then that bytes arrive, so that a trickle does not pass for it
     */
    BulkIn(SocketChannel socket, ByteBuffer ahead, long length, Runnable progress) {
        this.socket = socket;
        this.ahead = ahead;
        this.left = length;
        this.progress = progress;
    }

    /** Whether the connection failed, rather than whoever takes the bytes. */
    boolean broken() {
        return broken;
    }

    /** Bytes not read yet. */
    long left() {
        return left;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (left == 0) {
            return -1;
        }
        int limit = into.limit();
        into.limit((int) Math.min(limit, into.position() + left));
        try {
            int size = ahead.hasRemaining() ? fromAhead(into) : fromSocket(into);
            left -= size;
            report(size);
            return size;
        } finally {
            into.limit(limit);
        }
    }

    /** Reads the rest and drops it. */
    void skip() throws IOException {
        if (left > 0) {
            Bulk.receive(this, left, block -> block.position(block.limit()));
        }
    }

    private int fromAhead(ByteBuffer into) {
        int size = Math.min(ahead.remaining(), into.remaining());
        into.put(ahead.slice(ahead.position(), size));
        ahead.position(ahead.position() + size);
        return size;
    }

    private int fromSocket(ByteBuffer into) throws IOException {
        if (!into.hasRemaining()) {
            return 0;
        }
        broken = true;
        int size = socket.read(into);
        if (size < 0) {
            throw new EOFException("the connection ended " + left + " bytes early");
        }
        broken = false;
        return size;
    }

    private void report(int size) {
        unreported += size;
        if (unreported >= PROGRESS_BYTES) {
            unreported = 0;
            progress.run();
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() {}
}
