package holdfast.server.volume;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.wire.log.VolumeOutcome;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** Whatever bytes a command has, applying it ends in an outcome. */
final class GarbageTest {
    static LongStream seeds() {
        return LongStream.range(0, 100);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void damagedCommandsAreRefusedOrCarriedOut(long seed) throws Exception {
        Generator generator = new Generator(seed);
        for (int i = 0; i < 40; i++) {
            generator.step();
        }
        Random random = new Random(seed);
        long index = generator.group.log.size();
        for (List<ByteString> entry : new ArrayList<>(generator.group.log)) {
            for (int i = 0; i < 5; i++) {
                ByteString damaged = damaged(random, entry.getFirst());
                List<ByteString> outcomes =
                        generator.group.state.apply(1, ++index, List.of(damaged));
                VolumeOutcome outcome = VolumeOutcome.parseFrom(outcomes.getFirst());
                assertThat(outcome.hasFailure()
                                || outcome.getResultCase()
                                        != VolumeOutcome.ResultCase.RESULT_NOT_SET)
                        .isTrue();
            }
        }
    }

    private static ByteString damaged(Random random, ByteString command) {
        byte[] bytes = command.toByteArray();
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
        return ByteString.copyFrom(bytes, 0, length);
    }
}
