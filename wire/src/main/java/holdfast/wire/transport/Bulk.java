package holdfast.wire.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Raw bytes behind a message. */
public final class Bulk {
    private Bulk() {}

    /** A part of a file. The file stays open until it was sent; it is not closed then. */
    public static Source ofFile(FileChannel file, long position, long count) {
        return new Source() {
            @Override
            public long length() {
                return count;
            }

            @Override
            public void writeTo(WritableByteChannel out) throws IOException {
                send(file, position, count, out);
            }
        };
    }

    /** A part of a file that is opened when it is sent and closed afterwards. */
    public static Source ofFile(Path file, long position, long count) {
        return new Source() {
            @Override
            public long length() {
                return count;
            }

            @Override
            public void writeTo(WritableByteChannel out) throws IOException {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    send(channel, position, count, out);
                }
            }
        };
    }

    /** Bytes in memory, from position to limit; the buffer's own position stays. */
    public static Source ofBytes(ByteBuffer bytes) {
        ByteBuffer whole = bytes.asReadOnlyBuffer();
        return new Source() {
            @Override
            public long length() {
                return whole.remaining();
            }

            @Override
            public void writeTo(WritableByteChannel out) throws IOException {
                writeAll(whole.duplicate(), out);
            }
        };
    }

    /**
     * Writes a part of a file to what {@link Source#writeTo} was given. To a connection it goes by
     * way of the kernel ({@code sendfile}); calling {@code file.transferTo(…, out)} would not.
     */
    public static void send(FileChannel file, long position, long count, WritableByteChannel out)
            throws IOException {
        if (out instanceof BulkOut connection) {
            connection.transfer(file, position, count);
            return;
        }
        ByteBuffer buffer = BufferPool.SHARED.take((int) Math.min(count, BufferPool.BULK_BYTES));
        try {
            long end = position + count;
            for (long at = position; at < end; at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(end - at, buffer.capacity()));
                if (file.read(buffer, at) <= 0) {
                    throw new EOFException("a file is shorter than the part to be sent");
                }
                writeAll(buffer.flip(), out);
            }
        } finally {
            BufferPool.SHARED.give(buffer);
        }
    }

    /**
     * Reads exactly {@code length} bytes and gives them on in blocks of up to 1 MiB, through a
     * pooled direct buffer. EOFException when there are fewer.
     */
    public static void receive(ReadableByteChannel in, long length, Block block)
            throws IOException {
        ByteBuffer buffer = BufferPool.SHARED.take((int) Math.min(length, BufferPool.BULK_BYTES));
        try {
            long left = length;
            while (left > 0) {
                buffer.clear().limit((int) Math.min(left, buffer.capacity()));
                while (buffer.hasRemaining()) {
                    if (in.read(buffer) < 0) {
                        throw new EOFException("bulk ended " + left + " bytes early");
                    }
                }
                left -= buffer.limit();
                block.take(buffer.flip());
            }
        } finally {
            BufferPool.SHARED.give(buffer);
        }
    }

    /** A sink that writes to a file from {@code position} on. */
    public static Sink toFile(FileChannel file, long position) {
        return (in, length) -> {
            long[] at = {position};
            receive(in, length, block -> at[0] += writeAll(block, file, at[0]));
        };
    }

    private static void writeAll(ByteBuffer bytes, WritableByteChannel out) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private static int writeAll(ByteBuffer bytes, FileChannel file, long position)
            throws IOException {
        int size = bytes.remaining();
        for (long at = position; bytes.hasRemaining(); ) {
            at += file.write(bytes, at);
        }
        return size;
    }

    /** Takes bytes from position to limit; the buffer is used again afterwards. */
    @FunctionalInterface
    public interface Block {
        void take(ByteBuffer bytes) throws IOException;
    }

    /** Bytes to send. */
    public interface Source {
        /** No bytes. */
        Source NONE = new Source() {
            @Override
            public long length() {
                return 0;
            }

            @Override
            public void writeTo(WritableByteChannel out) {}
        };

        /** Exactly how many bytes {@link #writeTo} writes. */
        long length();

        /**
         * Writes them all; called once at most, and not when the connection fails before. So open
         * files here rather than earlier. {@link Bulk#send} writes a part of a file the fast way. A
         * write takes all of its bytes.
         */
        void writeTo(WritableByteChannel out) throws IOException;
    }

    /** Takes bytes that arrive. */
    @FunctionalInterface
    public interface Sink {
        /** Refuses any byte. */
        Sink NONE = (in, length) -> {
            throw new IOException("unexpected bulk of " + length + " bytes");
        };

        /** Reads exactly {@code length} bytes from {@code in}; called only when there are any. */
        void readFrom(ReadableByteChannel in, long length) throws IOException;
    }
}
