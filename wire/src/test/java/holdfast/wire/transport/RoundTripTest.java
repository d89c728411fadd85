package holdfast.wire.transport;

import static holdfast.wire.transport.Calls.CHANGE;
import static holdfast.wire.transport.Calls.DOWN;
import static holdfast.wire.transport.Calls.ECHO;
import static holdfast.wire.transport.Calls.UP;
import static holdfast.wire.transport.Calls.header;
import static holdfast.wire.transport.Calls.seconds;
import static holdfast.wire.transport.Calls.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FetchReply;
import holdfast.wire.proto.Xattr;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Random;

/** What a call carries there and back. */
class RoundTripTest {
    private static final int LARGE = 64 << 20;

    @TempDir
    private Path folder;

    private final TcpTransport transport = new TcpTransport();
    private TcpServer server = TcpServer.startAnywhere(Calls.files().build());

    @BeforeEach
    void startServer() {
        server.close();
        server = TcpServer.startAnywhere(Calls.files()
                .on(ECHO, call -> Service.Reply.of(call.request()))
                .on(CHANGE, call -> {
                    throw Failure.of(FailureCode.STALE, "too old")
                            .at("/etc/blub")
                            .exception();
                })
                .on(UP, RoundTripTest::hash)
                .on(DOWN, this::bytes)
                .build());
    }

    @AfterEach
    void stop() {
        transport.close();
        server.close();
    }

    private static Service.Reply<Xattr> hash(Service.Call<Xattr> call) {
        MessageDigest digest = ChunkHash.digest();
        call.bulk().readTo((in, length) -> Bulk.receive(in, length, digest::update));
        return Service.Reply.of(Xattr.newBuilder()
                .setValue(com.google.protobuf.ByteString.copyFrom(digest.digest()))
                .build());
    }

    private Service.Reply<FetchReply> bytes(Service.Call<Fetch> call) {
        int count = call.request().getCount();
        FetchReply reply = FetchReply.newBuilder().setBytes(count).build();
        return new Service.Reply<>(reply, Bulk.ofFile(folder.resolve("contents"), 0, count));
    }

    private byte[] contents(int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        Files.write(folder.resolve("contents"), bytes);
        return bytes;
    }

    @Test
    void aCallBringsItsAnswerAndTheTerm() {
        Transport.Answered<Xattr> answered =
                transport.call(server.address(), ECHO, header(), text("hello"), seconds(5));
        assertThat(answered.message()).isEqualTo(text("hello"));
        assertThat(answered.term()).isEqualTo(7);
    }

    @Test
    void messagesOfAllSizesUpToTheLimitComeBackWhole() {
        for (int size = 1; size < FrameLimits.REQUEST.body() - 16; size = size * 3 + 1) {
            Xattr request = text("x".repeat(size));
            assertThat(transport
                            .call(server.address(), ECHO, header(), request, seconds(5))
                            .message())
                    .isEqualTo(request);
        }
    }

    @Test
    void aFailureOfTheHandlerReachesTheCallerWithPathAndServer() {
        assertThatThrownBy(() ->
                        transport.call(server.address(), CHANGE, header(), text(""), seconds(5)))
                .isInstanceOfSatisfying(FailureException.class, e -> {
                    assertThat(e.code()).isEqualTo(FailureCode.STALE);
                    assertThat(e.failure().path()).contains("/etc/blub");
                    assertThat(e.failure().server()).contains("file server " + server.address());
                });
        assertThat(transport.connections(server.address())).isEqualTo(1);
    }

    @Test
    void bulkOfEverySizeArrivesUnchangedAtTheServer() throws IOException {
        for (int size : new int[] {0, 1, 3000, 65_536, 81_920, 81_921, 1 << 20, 3_000_001}) {
            byte[] bytes = contents(size);
            Xattr answer = transport
                    .call(
                            server.address(),
                            UP,
                            header(),
                            text(""),
                            Bulk.ofBytes(ByteBuffer.wrap(bytes)),
                            Bulk.Sink.NONE,
                            seconds(5))
                    .message();
            assertThat(answer.getValue().toByteArray())
                    .isEqualTo(ChunkHash.ofContents(bytes).bytes());
        }
    }

    @Test
    void aLargeFileArrivesUnchangedInBothDirections() throws IOException {
        byte[] bytes = contents(LARGE);
        try (FileChannel file = FileChannel.open(folder.resolve("contents"))) {
            Xattr answer = transport
                    .call(
                            server.address(),
                            UP,
                            header(),
                            text(""),
                            Bulk.ofFile(file, 0, LARGE),
                            Bulk.Sink.NONE,
                            seconds(30))
                    .message();
            assertThat(answer.getValue().toByteArray())
                    .isEqualTo(ChunkHash.ofContents(bytes).bytes());
        }
        Path copy = folder.resolve("copy");
        try (FileChannel file =
                FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            transport.call(
                    server.address(),
                    DOWN,
                    header(),
                    Fetch.newBuilder().setCount(LARGE).build(),
                    Bulk.Source.NONE,
                    Bulk.toFile(file, 0),
                    seconds(30));
        }
        assertThat(Files.mismatch(copy, folder.resolve("contents"))).isEqualTo(-1);
    }

    @Test
    void aFileThatIsShorterThanAnnouncedIsNotFilledUp() throws IOException {
        contents(1 << 20);
        assertThatThrownBy(() -> transport.call(
                        server.address(),
                        DOWN,
                        header(),
                        Fetch.newBuilder().setCount(LARGE).build(),
                        Bulk.Source.NONE,
                        (in, length) -> Bulk.receive(in, length, bytes -> {}),
                        seconds(5)))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.UNAVAILABLE));
    }

    @Test
    void manyCallsOneAfterTheOtherUseOneConnection() {
        for (int i = 0; i < 2000; i++) {
            transport.call(server.address(), ECHO, header(), text("x"), seconds(5));
        }
        assertThat(transport.connections(server.address())).isEqualTo(1);
    }
}
