package holdfast.server.volume;

import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.bytes;
import static holdfast.server.volume.Group.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Queries see the table of one moment. */
@Timeout(60)
final class MomentTest {
    private static final int STORES = 1_000;

    @Test
    void readersBesideStoresAndCollectionsSeeWholeVersions() throws Exception {
        Group group = new Group();
        long file = group.file(ROOT, "f", "v1");
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> walks = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                walks.add(readers.submit(() -> readUntil(done, group.reader)));
            }
            for (int i = 1; i <= STORES; i++) {
                group.store(file, "v" + (i + 1));
                group.collect(version(file, i));
            }
            done.set(true);
            for (Future<Integer> walk : walks) {
                assertThat(walk.get()).isPositive();
            }
        }
    }

    private static int readUntil(AtomicBoolean done, VolumeReader reader) {
        Walk walk = Walk.newBuilder()
                .setStart(ROOT)
                .addNames(bytes("f"))
                .setContents(true)
                .build();
        int walks = 0;
        do {
            WalkReply reply = reader.walk(walk, ANN);
            Attributes attributes = reply.getSteps(1).getAttributes();
            assertThat(reply.getContents().getInline().toStringUtf8())
                    .isEqualTo("v" + attributes.getDataVersion());
            walks++;
        } while (!done.get());
        return walks;
    }

    @Test
    void aQueryDuringWhichAChangeCameStartsOver() {
        Moment moment = new Moment();
        AtomicInteger attempts = new AtomicInteger();
        int seen = moment.see(() -> {
            if (attempts.incrementAndGet() == 1) {
                moment.change(() -> {});
                throw new IllegalStateException("half a change");
            }
            return attempts.get();
        });
        assertThat(seen).isEqualTo(2);
    }

    @Test
    void aQueryThatIsAlwaysDisturbedKeepsChangesWaiting() {
        Moment moment = new Moment();
        AtomicInteger attempts = new AtomicInteger();
        int seen = moment.see(() -> {
            if (attempts.incrementAndGet() <= 3) {
                moment.change(() -> {});
            }
            return attempts.get();
        });
        assertThat(seen).isEqualTo(4);
    }

    @Test
    void aFailureOfOneMomentIsTheAnswer() {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> new Moment().see(() -> {
                    throw new IllegalStateException("damaged");
                }));
    }
}
