package holdfast.server.files;

import static holdfast.server.files.TestingClient.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.SetMilestone;
import holdfast.wire.proto.VerifyVolume;
import holdfast.wire.proto.VerifyVolumeReply;
import holdfast.wire.proto.VnodeDigest;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** What a member says of a volume as it was at a milestone. */
final class VerificationTest {
    @TempDir
    Path folder;

    private TestingServer server;
    private TestingClient administrator;

    @BeforeEach
    void start() {
        server = new TestingServer(folder);
        administrator = server.client("root");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private long milestone(long milestone) {
        return administrator
                .ask(
                        FileMethods.SET_MILESTONE,
                        SetMilestone.newBuilder().setMilestone(milestone).build())
                .getIndex();
    }

    private static VerifyVolume.Builder of(long milestone) {
        return VerifyVolume.newBuilder().setMilestone(milestone).setVolume(TestingServer.VOLUME);
    }

    private VerifyVolumeReply verify(VerifyVolume.Builder asked) {
        return await().until(
                        () -> administrator.ask(FileMethods.VERIFY_VOLUME, asked.build()),
                        VerifyVolumeReply::getDone);
    }

    private static byte[] chunk(int seed) {
        byte[] bytes = new byte[100_000];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private void put(long parent, String name, byte[]... chunks) {
        long collection = administrator
                .push(administrator.pushing(parent, chunks).build(), chunks)
                .getCollection();
        administrator.change(
                FileMethods.CREATE,
                administrator
                        .creating(parent, name, FileType.FILE)
                        .setContents(
                                Contents.newBuilder().setManifest(TestingClient.manifest(chunks)))
                        .setSize(chunks.length * 100_000L)
                        .setCollection(collection)
                        .build());
    }

    private Path file(byte[] chunk) {
        String name = ChunkHash.ofContents(chunk).hex();
        return folder.resolve("chunks").resolve(name.substring(0, 2)).resolve(name);
    }

    @Test
    void whatComesAfterTheMilestoneIsNotSeenAndOneFileIsFoundAmongMany() {
        for (int i = 0; i < 20; i++) {
            administrator.create("file-" + i, "contents " + i);
        }
        milestone(1);
        VerifyVolumeReply before = verify(of(1));
        long changed = administrator.create("more", "later");
        assertThat(verify(of(1).setRepair(true)).getBucketsList())
                .isEqualTo(before.getBucketsList());
        milestone(2);
        VerifyVolumeReply after = verify(of(2));
        List<Integer> different = IntStream.range(0, 256)
                .filter(i -> !after.getBuckets(i).equals(before.getBuckets(i)))
                .boxed()
                .toList();
        int bucket = (int) (changed % 256);
        assertThat(different).contains(bucket).hasSizeLessThan(4);
        assertThat(verify(of(2).setBucket(bucket + 1)).getVnodesList())
                .filteredOn(vnode -> vnode.getFile() == changed)
                .extracting(VnodeDigest::getPath)
                .containsExactly("/more");
    }

    /** As at a member that got a checkpoint of after the milestone, or is not there yet. */
    @Test
    void aMilestoneThatWasMissedIsToldFromOneThatIsStillToCome() {
        long index = milestone(1);
        VerifyVolumeReply missed = administrator.ask(
                FileMethods.VERIFY_VOLUME, of(2).setIndex(index).build());
        assertThat(missed.getMissed()).isTrue();
        assertThat(missed.getBehind()).isFalse();
        VerifyVolumeReply early = administrator.ask(
                FileMethods.VERIFY_VOLUME, of(2).setIndex(index + 1_000).build());
        assertThat(early.getMissed()).isFalse();
        assertThat(early.getBehind()).isTrue();
        assertThat(early.getApplied()).isBetween(index, index + 999);
    }

    @Test
    void damagedAndLostChunksAreToldWithAFileThatHasThem() throws IOException {
        long parent = administrator.mkdir("folder");
        put(parent, "large", chunk(1), chunk(2), chunk(3));
        milestone(1);
        VerifyVolumeReply whole = verify(of(1));
        assertThat(whole.getChunks()).isEqualTo(3);
        assertThat(whole.getBytes()).isEqualTo(300_000);
        assertThat(whole.getBadList()).isEmpty();

        byte[] bytes = chunk(1);
        bytes[50_000] ^= 1;
        Files.write(file(chunk(1)), bytes);
        Files.delete(file(chunk(2)));
        milestone(2);
        VerifyVolumeReply hurt = verify(of(2).setRepair(true));
        assertThat(hurt.getBucketsList()).isEqualTo(whole.getBucketsList());
        assertThat(hurt.getDamaged()).isEqualTo(1);
        assertThat(hurt.getLacking()).isEqualTo(1);
        assertThat(hurt.getMended()).isZero();
        assertThat(hurt.getBadList())
                .hasSize(2)
                .allMatch(bad -> bad.getPath().equals("/folder/large"));
    }

    @Test
    void aMomentThatIsNotKeptIsSaidToBeMissedOrStillToCome() {
        long index = milestone(1);
        milestone(2);
        milestone(3);
        assertThat(administrator.ask(FileMethods.VERIFY_VOLUME, of(1).build()).getMissed())
                .isTrue();
        assertThat(administrator
                        .ask(
                                FileMethods.VERIFY_VOLUME,
                                of(9).setIndex(index + 100).build())
                        .getBehind())
                .isTrue();
    }

    @Test
    void onlyAdministratorsCompare() {
        TestingClient anna = server.client("anna");
        SetMilestone milestone = SetMilestone.newBuilder().setMilestone(1).build();
        assertThat(failure(() -> anna.ask(FileMethods.SET_MILESTONE, milestone)).code())
                .isEqualTo(FailureCode.DENIED);
        assertThat(failure(() -> anna.ask(FileMethods.VERIFY_VOLUME, of(1).build()))
                        .code())
                .isEqualTo(FailureCode.DENIED);
    }

    @Test
    void aVolumeOrAMilestoneThatCanNotBeIsRefused() {
        SetMilestone none = SetMilestone.getDefaultInstance();
        assertThat(failure(() -> administrator.ask(FileMethods.SET_MILESTONE, none))
                        .code())
                .isEqualTo(FailureCode.INVALID);
        for (int volume : List.of(0, -1, 1 << 20)) {
            VerifyVolume wrong = of(1).setVolume(volume).build();
            assertThat(failure(() -> administrator.ask(FileMethods.VERIFY_VOLUME, wrong))
                            .code())
                    .isEqualTo(FailureCode.INVALID);
        }
    }
}
