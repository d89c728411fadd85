package holdfast.wire.transport;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;

import jdk.net.ExtendedSocketOptions;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One end of a connection: frames in and out of a blocking channel. One thread may read while
 * another writes. A small frame costs one read and one write.
 */
final class Link implements AutoCloseable {
    /** A peer whose machine vanished is noticed after 60 + 4 × 15 s. */
    private static final int KEEPALIVE_SECONDS = 60;

    private static final int KEEPALIVE_STEP_SECONDS = 15;
    private static final int KEEPALIVE_STEPS = 4;

    private static final List<String> HTTP_WORDS =
            List.of("GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PRI ");

    private final SocketChannel channel;
    private final FrameLimits limits;
    private final BufferPool pool = BufferPool.SHARED;

    /** What was read and not yet used; between calls its position and limit enclose that. */
    private final ByteBuffer in;

    private boolean controlSent;
    private boolean writeBroken;

    Link(SocketChannel channel, FrameLimits limits, int inBytes) throws IOException {
        this.channel = channel;
        this.limits = limits;
        this.in = ByteBuffer.allocateDirect(inBytes).limit(0);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
            channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEPALIVE_SECONDS);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEPALIVE_STEP_SECONDS);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEPALIVE_STEPS);
        }
    }

    /** Waits until there is something to read. False: the other side has closed. */
    boolean awaitInput() throws IOException {
        return in.hasRemaining() || fill();
    }

    /** Whether what arrived looks like a web client's request. */
    boolean looksLikeHttp() {
        byte[] start = new byte[Math.min(in.remaining(), 8)];
        in.get(in.position(), start);
        String word = new String(start, StandardCharsets.ISO_8859_1);
        return HTTP_WORDS.stream().anyMatch(word::startsWith);
    }

    /** Whether the other side has closed, or sent what nobody asked for; does not wait. */
    boolean isStale() {
        try {
            channel.configureBlocking(false);
            try {
                in.clear();
                return channel.read(in) != 0;
            } finally {
                in.limit(0);
                channel.configureBlocking(true);
            }
        } catch (IOException e) {
            return true;
        }
    }

    /** Reads a frame up to its bulk and gives it to {@code use}, which must not keep it. */
    <T> T read(FrameUse<T> use) throws IOException {
        need(Short.BYTES);
        FrameHead.checkMagic(in.getShort(in.position()));
        need(Protocol.HEAD_BYTES);
        FrameHead head = FrameHead.read(in, limits);
        int size = head.controlBytes();
        if (size <= in.capacity()) {
            need(size);
            ByteBuffer control = in.slice(in.position(), size);
            in.position(in.position() + size);
            return use(head, control, use);
        }
        ByteBuffer large = pool.take(size).limit(size);
        try {
            large.put(in);
            readFully(large);
            return use(head, large.flip(), use);
        } finally {
            pool.give(large);
        }
    }

    private static <T> T use(FrameHead head, ByteBuffer control, FrameUse<T> use)
            throws IOException {
        head.verify(control);
        return use.take(new Frame(head, control));
    }

    /** The bulk behind the frame read last. */
    BulkIn bulk(long length, Runnable progress) {
        return new BulkIn(channel, in, length, progress);
    }

    /** Writes a frame and its bulk. Afterwards {@link #controlSent} says how far it came. */
    void write(
            int flags,
            int kind,
            int sequence,
            MessageLite header,
            MessageLite body,
            Bulk.Source bulk,
            Runnable progress)
            throws IOException {
        controlSent = false;
        long length = bulk.length();
        int gathered = length <= Protocol.GATHERED_BULK_BYTES_MAX ? (int) length : 0;
        int headerBytes = header.getSerializedSize();
        int control = Protocol.HEAD_BYTES + headerBytes + body.getSerializedSize();
        ByteBuffer frame = pool.take(control + gathered);
        try {
            encode(frame.limit(control).position(Protocol.HEAD_BYTES), header, body);
            FrameHead.write(frame, flags, kind, sequence, headerBytes, length);
            frame.limit(control + gathered).position(control);
            if (gathered > 0) {
                collect(bulk, frame);
            }
            writeFrame(frame.flip(), control);
        } finally {
            pool.give(frame);
        }
        if (gathered < length) {
            send(bulk, new BulkOut(channel, length, progress));
        }
    }

    private void send(Bulk.Source bulk, BulkOut out) throws IOException {
        try {
            bulk.writeTo(out);
            out.finish();
        } catch (IOException e) {
            writeBroken = out.broken();
            throw out.broken() ? e : new SourceFailedException(e);
        }
    }

    private static void collect(Bulk.Source bulk, ByteBuffer frame) throws IOException {
        try {
            GatheredBulk.collect(bulk, frame);
        } catch (IOException e) {
            throw new SourceFailedException(e);
        }
    }

    /** Whether the frame written last may have been acted upon by the other side. */
    boolean controlSent() {
        return controlSent;
    }

    /** Whether the last write failed because the other side takes nothing any more. */
    boolean writeBroken() {
        return writeBroken;
    }

    /** Writes bytes that are no frame. */
    void writeRaw(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Tells the other side that nothing more comes, and keeps reading possible. */
    void finishWriting() {
        try {
            channel.shutdownOutput();
        } catch (IOException e) {
            close();
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // it is closed all the same
        }
    }

    private void writeFrame(ByteBuffer frame, int control) throws IOException {
        while (frame.hasRemaining()) {
            writeBroken = true;
            channel.write(frame);
            writeBroken = false;
            controlSent = frame.position() >= control;
        }
    }

    private static void encode(ByteBuffer frame, MessageLite header, MessageLite body)
            throws IOException {
        CodedOutputStream out = CodedOutputStream.newInstance(frame);
        header.writeTo(out);
        body.writeTo(out);
        out.flush();
    }

    private void need(int bytes) throws IOException {
        while (in.remaining() < bytes) {
            if (!fill()) {
                throw new EOFException("the connection ended within a frame");
            }
        }
    }

    private boolean fill() throws IOException {
        in.compact();
        try {
            return channel.read(in) >= 0;
        } finally {
            in.flip();
        }
    }

    private void readFully(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the connection ended within a frame");
            }
        }
    }

    /** Takes a frame whose bytes are only lent. */
    @FunctionalInterface
    interface FrameUse<T> {
        T take(Frame frame) throws IOException;
    }
}
