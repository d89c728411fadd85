package holdfast.wire.transport;

import com.google.protobuf.MessageLite;

import holdfast.wire.proto.ReplyHeader;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client that sends any bytes it likes. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket = new Socket();

    RawClient(Address server) throws IOException {
        socket.connect(new InetSocketAddress(server.host(), server.port()), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
    }

    /** A frame as this release would write it. */
    static byte[] frame(int flags, int kind, int sequence, MessageLite header, MessageLite body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[Protocol.HEAD_BYTES]);
        bytes.writeBytes(header.toByteArray());
        bytes.writeBytes(body.toByteArray());
        byte[] frame = bytes.toByteArray();
        FrameHead.write(
                ByteBuffer.wrap(frame), flags, kind, sequence, header.getSerializedSize(), 0);
        return frame;
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** The next answer's header. */
    ReplyHeader reply() throws IOException {
        byte[] head = socket.getInputStream().readNBytes(Protocol.HEAD_BYTES);
        FrameHead frame = FrameHead.read(ByteBuffer.wrap(head), FrameLimits.REPLY);
        byte[] control = socket.getInputStream().readNBytes(frame.controlBytes());
        frame.verify(ByteBuffer.wrap(control));
        return ReplyHeader.parseFrom(ByteBuffer.wrap(control, 0, frame.headerBytes()));
    }

    /** All that comes until the server closes. */
    String rest() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** Whether the server closes without a further byte. */
    boolean isClosedByServer() throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketException e) {
            return true;
        }
    }

    void finishWriting() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
