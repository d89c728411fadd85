package holdfast.wire.transport;

import static holdfast.wire.transport.Calls.CHANGE;
import static holdfast.wire.transport.Calls.ECHO;
import static holdfast.wire.transport.Calls.header;
import static holdfast.wire.transport.Calls.seconds;
import static holdfast.wire.transport.Calls.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.HelloReply;
import holdfast.wire.proto.ReplyHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Xattr;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;

/** What a client makes of a server that answers anything at all. */
class LyingServerTest {
    private final ServerSocket listener =
            new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    private final Address address = new Address("127.0.0.1", listener.getLocalPort());
    private final TcpTransport transport = new TcpTransport();
    private volatile byte[] greeting = greeting(1);
    private volatile IntFunction<byte[]> answers = sequence -> new byte[0];

    LyingServerTest() throws IOException {
        Thread.ofVirtual().start(this::acceptAll);
    }

    @AfterEach
    void stop() throws IOException {
        transport.close();
        listener.close();
    }

    private static byte[] greeting(int version) {
        return reply(
                Protocol.KIND_HELLO,
                1,
                HelloReply.newBuilder().setRole(Role.FILES).setVersion(version).build());
    }

    private static byte[] reply(int kind, int sequence, MessageLite body) {
        return RawClient.frame(
                Protocol.FLAG_REPLY, kind, sequence, ReplyHeader.getDefaultInstance(), body);
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                readRequest(socket);
                socket.getOutputStream().write(greeting);
                int sequence = readRequest(socket);
                socket.getOutputStream().write(answers.apply(sequence));
            } catch (IOException e) {
                // the client had enough
            }
        }
    }

    private static int readRequest(Socket socket) throws IOException {
        ByteBuffer head = ByteBuffer.wrap(socket.getInputStream().readNBytes(Protocol.HEAD_BYTES));
        FrameHead frame = FrameHead.read(head, FrameLimits.REQUEST);
        socket.getInputStream().skipNBytes(frame.controlBytes());
        return frame.sequence();
    }

    private FailureCode failure(Method<Xattr, ?> method) {
        try {
            var _ = transport.call(address, method, header(), text("x"), seconds(5));
        } catch (FailureException e) {
            return e.code();
        }
        throw new AssertionError("it was taken for an answer");
    }

    @Test
    void anotherVersionIsNamed() {
        greeting = greeting(2);
        assertThat(failure(ECHO)).isEqualTo(FailureCode.WRONG_VERSION);
    }

    @Test
    void aWebServerIsNoServer() {
        greeting = "HTTP/1.1 400 Bad Request\r\n\r\n"
                .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(failure(CHANGE)).isEqualTo(FailureCode.UNAVAILABLE);
    }

    @Test
    void anAnswerToAnotherRequestIsNone() {
        answers = sequence -> reply(ECHO.kind(), sequence + 1, text("x"));
        assertThat(failure(ECHO)).isEqualTo(FailureCode.DAMAGED);
        answers = sequence -> reply(CHANGE.kind(), sequence, text("x"));
        assertThat(failure(ECHO)).isEqualTo(FailureCode.DAMAGED);
        answers = sequence -> reply(ECHO.kind(), sequence, text("x"));
        assertThat(failure(CHANGE)).isEqualTo(FailureCode.INDETERMINATE);
    }

    @Test
    void bulkThatNobodyAskedForIsDamage() {
        answers = sequence -> {
            byte[] frame = reply(ECHO.kind(), sequence, text("x"));
            FrameHead.write(
                    ByteBuffer.wrap(frame), Protocol.FLAG_REPLY, ECHO.kind(), sequence, 0, 9);
            return frame;
        };
        assertThat(failure(ECHO)).isEqualTo(FailureCode.DAMAGED);
    }

    @Test
    void anyBytesAtAllAreAFailureOfTheRightKind() {
        Random random = new Random(99);
        Set<FailureCode> reading = EnumSet.of(FailureCode.DAMAGED, FailureCode.UNAVAILABLE);
        for (int round = 0; round < 3000; round++) {
            answers = sequence -> damaged(reply(ECHO.kind(), sequence, text("hello")), random);
            assertThat(failure(ECHO)).isIn(reading);
            answers = sequence -> damaged(reply(CHANGE.kind(), sequence, text("")), random);
            assertThat(failure(CHANGE)).isEqualTo(FailureCode.INDETERMINATE);
        }
    }

    /** With one byte changed, or cut short. */
    private static byte[] damaged(byte[] frame, Random random) {
        int at = random.nextInt(frame.length);
        if (random.nextBoolean()) {
            return java.util.Arrays.copyOf(frame, at);
        }
        frame[at] ^= (byte) random.nextInt(1, 256);
        return frame;
    }
}
