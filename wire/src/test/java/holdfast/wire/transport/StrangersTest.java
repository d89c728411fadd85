package holdfast.wire.transport;

import static holdfast.wire.transport.Calls.ECHO;
import static holdfast.wire.transport.Calls.header;
import static holdfast.wire.transport.Calls.seconds;
import static holdfast.wire.transport.Calls.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.model.failure.FailureCode;
import holdfast.model.time.BootTicker;
import holdfast.wire.proto.Hello;
import holdfast.wire.proto.HelloReply;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.ReplyHeader;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Xattr;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.CRC32C;

/** What a server does with clients that make no sense, or mean harm. */
class StrangersTest {
    private static final Duration STALL = Duration.ofSeconds(1);
    private static final TcpServer.Settings SETTINGS =
            new TcpServer.Settings(500, 100, STALL, "fs1", "cell", "test");

    private final Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
    private final Queue<Xattr> handled = new ConcurrentLinkedQueue<>();
    private final TcpServer server = TcpServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Calls.files()
                    .on(ECHO, call -> {
                        handled.add(call.request());
                        return Service.Reply.of(call.request());
                    })
                    .build(),
            SETTINGS,
            BootTicker.system());

    StrangersTest() {
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
    }

    @AfterEach
    void serverIsStillWell() {
        try (TcpTransport transport = new TcpTransport()) {
            var answer = transport.call(server.address(), ECHO, header(), text("x"), seconds(5));
            assertThat(answer.message()).isEqualTo(text("x"));
        }
        server.close();
        Thread.setDefaultUncaughtExceptionHandler(null);
        assertThat(uncaught).isEmpty();
    }

    private static byte[] echo() {
        return RawClient.frame(
                0,
                ECHO.kind(),
                1,
                header().toBuilder().setTimeLeftMillis(5000).build(),
                text("hello there"));
    }

    private FailureCode codeOf(ReplyHeader reply) {
        return FailureCodec.decode(reply.getFailure()).code();
    }

    @Test
    void aBrowserIsToldWhatItHasFound() throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(client.rest())
                    .startsWith("HTTP/1.1 400 ")
                    .contains("This is a Holdfast file server");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello\n", "\u0016\u0003\u0001", "SSH-2.0-OpenSSH_9.2\r\n", "HX"})
    void otherGarbageIsClosedWithoutAWord(String garbage) throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            client.send(garbage.getBytes(StandardCharsets.ISO_8859_1));
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {65_537, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void aHeaderOverTheLimitIsRefusedBeforeAByteOfItIsSent(int length) throws IOException {
        assertRefused(head(length, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {(4 << 20) + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void aBodyOverTheLimitIsRefusedBeforeAByteOfItIsSent(int length) throws IOException {
        assertRefused(head(0, length, 0));
    }

    @ParameterizedTest
    @ValueSource(longs = {(1L << 43) + 1, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void bulkOverEveryLimitIsRefused(long length) throws IOException {
        assertRefused(head(0, 0, length));
    }

    private static byte[] head(int headerBytes, int bodyBytes, long bulkBytes) {
        byte[] head = echo();
        ByteBuffer.wrap(head).putInt(8, headerBytes).putInt(12, bodyBytes).putLong(16, bulkBytes);
        FrameHead.putCheck(ByteBuffer.wrap(head));
        return Arrays.copyOf(head, Protocol.HEAD_BYTES);
    }

    private void assertRefused(byte[] head) throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            client.send(head);
            assertThat(codeOf(client.reply())).isEqualTo(FailureCode.LIMIT);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void bulkThatTheMethodDoesNotTakeIsRefused() throws IOException {
        byte[] frame = echo();
        int control = frame.length - Protocol.HEAD_BYTES;
        int headerBytes = ByteBuffer.wrap(frame).getInt(8);
        FrameHead.write(ByteBuffer.wrap(frame), 0, ECHO.kind(), 1, headerBytes, 5);
        assertThat(control).isPositive();
        try (RawClient client = new RawClient(server.address())) {
            client.send(frame);
            assertThat(codeOf(client.reply())).isEqualTo(FailureCode.LIMIT);
        }
    }

    @Test
    void aNewerVersionIsAnsweredInWordsThatEveryVersionReads() throws IOException {
        byte[] frame = echo();
        frame[2] = 9;
        seal(frame);
        try (RawClient client = new RawClient(server.address())) {
            client.send(frame);
            ReplyHeader reply = client.reply();
            assertThat(codeOf(reply)).isEqualTo(FailureCode.WRONG_VERSION);
            assertThat(reply.getFailure().getMessage()).contains("version 1").contains("version 9");
        }
    }

    @Test
    void aGreetingOfNewerVersionsIsAnsweredWithBothVersions() throws IOException {
        Hello hello = Hello.newBuilder().setVersionMin(3).setVersionMax(4).build();
        try (RawClient client = new RawClient(server.address())) {
            client.send(RawClient.frame(
                    0, Protocol.KIND_HELLO, 1, RequestHeader.getDefaultInstance(), hello));
            ReplyHeader reply = client.reply();
            assertThat(codeOf(reply)).isEqualTo(FailureCode.WRONG_VERSION);
            assertThat(reply.getFailure().getMessage())
                    .contains("version 1")
                    .contains("versions 3 to 4");
        }
    }

    @Test
    void anUnknownKindIsAnsweredAndTheConnectionGoesOn() throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            client.send(RawClient.frame(
                    0, 4711, 1, RequestHeader.getDefaultInstance(), Nothing.getDefaultInstance()));
            assertThat(codeOf(client.reply())).isEqualTo(FailureCode.INVALID);
            client.send(echo());
            assertThat(client.reply().hasFailure()).isFalse();
        }
    }

    @Test
    void anAnswerInPlaceOfARequestClosesTheConnection() throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            client.send(RawClient.frame(
                    Protocol.FLAG_REPLY,
                    Protocol.KIND_HELLO,
                    1,
                    ReplyHeader.getDefaultInstance(),
                    HelloReply.getDefaultInstance()));
            assertThat(codeOf(client.reply())).isEqualTo(FailureCode.DAMAGED);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void aRequestWithoutTimeLeftIsNotBegun() throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            client.send(RawClient.frame(0, ECHO.kind(), 1, header(), text("x")));
            assertThat(codeOf(client.reply())).isEqualTo(FailureCode.TIMED_OUT);
        }
    }

    @Test
    void aFrameThatHasBegunMustEndButAnIdleConnectionMayStay() throws IOException {
        try (RawClient idle = new RawClient(server.address());
                RawClient slow = new RawClient(server.address())) {
            long before = System.nanoTime();
            slow.send(Arrays.copyOf(echo(), 40));
            assertThat(slow.isClosedByServer()).isTrue();
            assertThat(System.nanoTime() - before).isGreaterThan(STALL.toNanos() / 2);
            idle.send(echo());
            assertThat(idle.reply().hasFailure()).isFalse();
        }
    }

    @Test
    void connectionsOverTheLimitAreToldSo() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < SETTINGS.connectionsMax(); i++) {
                clients.add(new RawClient(server.address()));
            }
            await().until(() -> server.connections() == SETTINGS.connectionsMax());
            try (RawClient more = new RawClient(server.address())) {
                ReplyHeader reply = more.reply();
                assertThat(codeOf(reply)).isEqualTo(FailureCode.LIMIT);
                assertThat(reply.getFailure().getMessage()).contains("500 connections");
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        await().until(() -> server.connections() == 0);
    }

    @Test
    void anyBytesAtAllLeaveTheServerWell() throws IOException {
        Random random = new Random(20260601);
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = round % 4 == 0 ? noise(random) : mutated(random);
            if (random.nextBoolean()) {
                seal(bytes);
            }
            sendAll(Arrays.copyOf(bytes, random.nextInt(2, bytes.length + 20)));
        }
    }

    @Test
    void aRequestDamagedOnTheWayReachesNoHandler() throws IOException {
        Random random = new Random(4);
        for (int round = 0; round < 3000; round++) {
            sendAll(mutated(random));
        }
        assertThat(handled).allMatch(text("hello there")::equals);
    }

    private void sendAll(byte[] bytes) throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            client.send(bytes);
            client.finishWriting();
            client.rest();
        } catch (SocketException e) {
            // reset: it was closed with bytes unread, which is as good
        }
    }

    private static byte[] noise(Random random) {
        byte[] bytes = new byte[random.nextInt(32, 200)];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
            ByteBuffer.wrap(bytes).putShort(0, (short) Protocol.MAGIC);
        }
        return bytes;
    }

    private static byte[] mutated(Random random) {
        byte[] bytes = echo();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            bytes[random.nextInt(2, bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    /** Makes the checksum fit, so that what is inside is read. */
    private static void seal(byte[] frame) {
        FrameHead.putCheck(ByteBuffer.wrap(frame));
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        long end = 32L + bytes.getInt(8) + bytes.getInt(12);
        if (end >= 32 && end <= frame.length) {
            CRC32C crc = new CRC32C();
            crc.update(frame, 0, 28);
            crc.update(frame, 32, (int) end - 32);
            bytes.putInt(28, (int) crc.getValue());
        }
    }
}
