package holdfast.wire.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.LackingChunks;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.wire.proto.FailureMessage;
import holdfast.wire.proto.RequestHeader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/** The decoders that read what strangers send: they refuse, they do not fail. */
class FrameFuzzTest {

    @Test
    void anyThirtyTwoBytesAreAHeadWithinTheBoundsOrRefused() {
        Random random = new Random(7);
        int good = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[Protocol.HEAD_BYTES];
            random.nextBytes(bytes);
            ByteBuffer head = ByteBuffer.wrap(bytes).putShort(0, (short) Protocol.MAGIC);
            head.putInt(8, random.nextInt() >> random.nextInt(32));
            head.putInt(12, random.nextInt() >> random.nextInt(32));
            head.putLong(16, random.nextLong() >> random.nextInt(64));
            FrameHead.putCheck(head);
            good += isHead(head) ? 1 : 0;
        }
        assertThat(good).isBetween(1000, 199_000);
    }

    private static boolean isHead(ByteBuffer bytes) {
        try {
            FrameHead head = FrameHead.read(bytes, FrameLimits.REQUEST);
            assertThat(head.headerBytes()).isBetween(0, FrameLimits.REQUEST.header());
            assertThat(head.bodyBytes()).isBetween(0, FrameLimits.REQUEST.body());
            assertThat(head.bulkBytes()).isBetween(0L, FrameLimits.REQUEST.bulk());
            return true;
        } catch (BadFrameException e) {
            assertThat(e.fault()).isEqualTo(BadFrameException.Fault.OVERSIZE);
            return false;
        }
    }

    @Test
    void aHeadThatWasChangedOnItsWayIsNotBelieved() {
        byte[] frame = RawClient.frame(
                0,
                Protocol.KIND_HELLO,
                1,
                RequestHeader.getDefaultInstance(),
                RequestHeader.getDefaultInstance());
        for (int bit = 16; bit < (Protocol.HEAD_BYTES - 4) * 8; bit++) {
            byte[] changed = frame.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> FrameHead.read(ByteBuffer.wrap(changed), FrameLimits.REQUEST))
                    .isInstanceOfSatisfying(
                            BadFrameException.class,
                            e -> assertThat(e.fault()).isEqualTo(BadFrameException.Fault.MANGLED));
        }
    }

    @Test
    void anyFailureMessageIsAFailure() {
        Random random = new Random(11);
        int read = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = lockHeld().toByteArray();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                Failure failure = FailureCodec.decode(FailureMessage.parseFrom(bytes));
                assertThat(failure.toString()).doesNotContain("\n");
                read++;
            } catch (InvalidProtocolBufferException e) {
                // refused before it comes here
            }
        }
        assertThat(read).isGreaterThan(1000);
    }

    private static FailureMessage lockHeld() {
        return FailureCodec.encode(new Failure(
                FailureCode.LOCK_HELD,
                "held",
                java.util.Optional.of("/a/b"),
                java.util.Optional.of("locking server 127.0.0.1:8004"),
                java.util.Optional.of(new Failure.Holder("anna", "host", 42, 1700))));
    }

    @ParameterizedTest
    @EnumSource(FailureCode.class)
    void everyCodeTravels(FailureCode code) {
        Failure failure = Failure.of(code, "what happened").at("/a").from("file server x:1");
        assertThat(FailureCodec.decode(FailureCodec.encode(failure))).isEqualTo(failure);
    }

    @Test
    void detailsTravel() {
        Failure.Holder holder = new Failure.Holder("anna", "host", 42, 1700);
        Failure held = Failure.of(FailureCode.LOCK_HELD, "held").heldBy(holder);
        assertThat(FailureCodec.decode(FailureCodec.encode(held)).holder()).contains(holder);

        LackingChunks lacking = new LackingChunks(List.of(
                ChunkHash.ofContents(new byte[] {1}), ChunkHash.ofContents(new byte[] {2})));
        Failure lacks = Failure.of(FailureCode.LACKS_CHUNKS, "send them").with(lacking);
        assertThat(FailureCodec.decode(FailureCodec.encode(lacks)).detail(LackingChunks.class))
                .contains(lacking);

        Failure fenced = Failure.of(FailureCode.FENCED, "old").with(new Failure.Fence(99));
        assertThat(FailureCodec.decode(FailureCodec.encode(fenced)).detail(Failure.Fence.class))
                .contains(new Failure.Fence(99));
    }

    @Test
    void anUnknownCodeIsInternalAndKeepsItsText() {
        Failure failure = FailureCodec.decode(FailureMessage.newBuilder()
                .setCode(999)
                .setMessage("from the future")
                .build());
        assertThat(failure.code()).isEqualTo(FailureCode.INTERNAL);
        assertThat(failure.message()).contains("from the future").contains("999");
    }

    @Test
    void hashesOfTheWrongLengthAreNoDetail() {
        FailureMessage message = FailureMessage.newBuilder()
                .setCode(FailureCode.LACKS_CHUNKS.wire())
                .addLacking(ByteString.copyFromUtf8("short"))
                .build();
        assertThat(FailureCodec.decode(message).detail()).isEmpty();
    }

    @Test
    void textIsOneLineAndBounded() {
        Failure failure = Failure.of(FailureCode.INVALID, "a\nb\u001b[2Jc" + "x".repeat(10_000));
        String line = FailureCodec.decode(FailureCodec.encode(failure)).message();
        assertThat(line).startsWith("a b [2Jc").hasSizeLessThanOrEqualTo(4096);
    }
}
