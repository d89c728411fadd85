package holdfast.server.volume;

import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.chunks;
import static holdfast.server.volume.Group.hash;
import static holdfast.server.volume.Group.inline;
import static holdfast.server.volume.Group.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.server.volume.VolumeReader.ReplacedVersion;
import holdfast.wire.log.Collect;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Replaced versions and the chunks that are kept for them (rules 6a, 6b). */
final class VersionsTest {
    private final Group group = new Group();
    private final long file = group.file(ROOT, "f", "one");

    private List<ReplacedVersion> replaced() {
        return group.reader.replacedVersions(ReplacedVersion.START, 100);
    }

    private boolean named(int chunk) {
        return group.reader.chunkNamed(hash(chunk));
    }

    private void assertGone(long version) {
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(() -> group.reader.contents(file, version))
                .matches(e -> e.code() == FailureCode.STALE);
    }

    @Test
    void aReplacedVersionIsReadUntilItIsCollected() {
        group.store(file, "two");
        group.storeChunks(file, 1, 2);
        assertThat(group.reader.contents(file, 1)).isEqualTo(inline("one"));
        assertThat(group.reader.contents(file, 2)).isEqualTo(inline("two"));
        assertThat(group.reader.contents(file, 3)).isEqualTo(chunks(1, 2));
        group.collect(version(file, 1));
        assertGone(1);
        assertThat(group.reader.contents(file, 2)).isEqualTo(inline("two"));
        assertGone(4);
    }

    @Test
    void theQueueHoldsReplacedVersionsInTheOrderOfTheirReplacement() {
        long other = group.file(ROOT, "g");
        group.store(file, "two");
        group.storeChunks(other, 1);
        group.store(other, "");
        assertThat(replaced())
                .extracting(
                        ReplacedVersion::file, ReplacedVersion::version, ReplacedVersion::chunks)
                .containsExactly(tuple(file, 1L, 0), tuple(other, 1L, 0), tuple(other, 2L, 1));
        ReplacedVersion first =
                group.reader.replacedVersions(ReplacedVersion.START, 1).getFirst();
        assertThat(group.reader.replacedVersions(first, 1))
                .containsExactly(replaced().get(1));
        group.collect(version(other, 1));
        assertThat(replaced()).extracting(ReplacedVersion::version).containsExactly(1L, 2L);
    }

    @Test
    void chunksStayCountedWhileAVersionNamesThem() {
        group.storeChunks(file, 1, 2, 2, 3);
        group.storeChunks(file, 1, 3, 4);
        assertThat(named(2)).isTrue();
        group.collect(version(file, 2));
        assertThat(named(2)).isFalse();
        assertThat(List.of(named(1), named(3), named(4))).containsOnly(true);
        assertThat(group.reader.chunksNamed(ByteString.EMPTY, 2)).containsExactly(hash(1), hash(3));
        assertThat(group.reader.chunksNamed(hash(3), 9)).containsExactly(hash(4));
    }

    @Test
    void aHeldVersionKeepsItsChunksWhenItsSuccessorIsCollectedFirst() {
        group.storeChunks(file, 1, 2);
        group.storeChunks(file, 1, 3);
        group.storeChunks(file, 4);
        group.collect(version(file, 3));
        assertThat(named(1)).as("version 2, which a reader holds, names it").isTrue();
        assertThat(named(2)).isTrue();
        group.collect(version(file, 2));
        assertThat(List.of(named(1), named(2), named(3))).containsOnly(false);
        assertThat(named(4)).isTrue();
    }

    @Test
    void aChunkThatComesBackIsCountedAgain() {
        group.storeChunks(file, 1);
        group.storeChunks(file, 2);
        group.storeChunks(file, 1);
        group.collect(version(file, 2), version(file, 3));
        assertThat(named(1)).isTrue();
        assertThat(named(2)).isFalse();
    }

    @Test
    void aChunkOfTwoFilesStaysForTheOther() {
        long other = group.file(ROOT, "g");
        group.storeChunks(file, 1);
        group.storeChunks(other, 1);
        group.remove(ROOT, "f", false);
        group.collect(version(file, 1), version(file, 2));
        assertThat(named(1)).isTrue();
    }

    @Test
    void aRemovedFileIsKeptForItsReadersUntilItsVersionsAreCollected() {
        group.storeChunks(file, 1, 2);
        group.remove(ROOT, "f", false);
        assertThat(group.attributes(file).getLinks()).isZero();
        assertThat(group.reader.changeNumber(file)).isZero();
        assertThat(group.reader.contents(file, 2)).isEqualTo(chunks(1, 2));
        group.collect(version(file, 2));
        assertThat(group.reader.contents(file, 1)).isEqualTo(inline("one"));
        group.collect(version(file, 1));
        assertThatExceptionOfType(FailureException.class).isThrownBy(() -> group.attributes(file));
        assertThat(named(1)).isFalse();
        for (char kind : "irqkm".toCharArray()) {
            assertThat(group.table.count(kind)).as("rows of kind " + kind).isZero();
        }
    }

    @Test
    void theCurrentVersionIsNeverCollected() {
        group.storeChunks(file, 1);
        group.collect(version(file, 2), version(file, 9), version(ROOT, 1));
        assertThat(group.reader.contents(file, 2)).isEqualTo(chunks(1));
    }

    @Test
    void collectionsCountUpwards() {
        assertThat(group.reader.collection()).isEqualTo(1);
        group.run(group.command().setCollect(Collect.newBuilder().setNumber(5)));
        assertThat(group.reader.collection()).isEqualTo(5);
        assertThat(Group.code(group.run(
                        group.command().setCollect(Collect.newBuilder().setNumber(5)))))
                .isEqualTo(FailureCode.STALE);
    }
}
