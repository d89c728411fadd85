package holdfast.server.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

final class DiskChunkStoreTest extends ChunkStoreContract {
    @TempDir
    Path folder;

    @Override
    ChunkStore open() {
        return new DiskChunkStore(folder);
    }

    private static Path durable(Path folder, ChunkHash hash) {
        return folder.resolve("chunks").resolve(hash.hex().substring(0, 2)).resolve(hash.hex());
    }

    private Path durable(ChunkHash hash) {
        return durable(folder, hash);
    }

    private Path arriving(ChunkHash hash) {
        return folder.resolve("arriving").resolve(hash.hex());
    }

    @Test
    void aChunkIsInItsFinalPlaceOnceItIsDurable() {
        ChunkHash hash = put(bytes(1, 1000), 1);
        assertThat(arriving(hash)).exists();
        store().sync(List.of(hash));
        assertThat(arriving(hash)).doesNotExist();
        assertThat(durable(hash)).exists();
    }

    @Test
    void withoutTheNativeCallEachFileIsSynced() throws IOException {
        try (ChunkStore plain =
                new DiskChunkStore(folder.resolve("plain"), java.util.Optional.empty())) {
            ChunkHash one = put(plain, bytes(1, 1000), 1);
            ChunkHash two = put(plain, bytes(2, 1000), 1);
            plain.sync(List.of(one, two));
            assertThat(durable(folder.resolve("plain"), one)).exists();
            assertThat(read(plain, one, two)).hasSize(2000);
        }
    }

    @Test
    void chunksAreThereAfterARestart() throws IOException {
        ChunkHash synced = put(bytes(1, 1000), 1);
        store().sync(List.of(synced));
        ChunkHash arrived = put(bytes(2, 1000), 1);
        reopen();
        assertThat(store().chunks()).isEqualTo(2);
        assertThat(store().bytes()).isEqualTo(2000);
        assertThat(read(store(), synced, arrived)).hasSize(2000);
        store().sync(List.of(arrived));
        assertThat(durable(arrived)).exists();
    }

    @Test
    void whatHadNotArrivedWholeBeforeACrashIsRemoved() throws IOException {
        ChunkHash torn = put(bytes(1, 1000), 1);
        ChunkHash empty = put(bytes(2, 1000), 1);
        Files.write(arriving(torn), new byte[1000]);
        Files.write(arriving(empty), new byte[0]);
        Files.write(folder.resolve("arriving").resolve("7.part"), new byte[10]);
        reopen();
        assertThat(store().chunks()).isZero();
        try (Stream<Path> left = Files.list(folder.resolve("arriving"))) {
            assertThat(left).isEmpty();
        }
        assertThat(store().touch(torn, 1)).isFalse();
    }

    @Test
    void afterARestartNothingIsRemovedThatMayHaveBeenPushedLately() {
        ChunkHash chunk = put(bytes(1, 10), 7);
        reopen();
        assertThat(store().collect(8, hash -> false)).isZero();
        assertThat(store().collect(9, hash -> false)).isZero();
        assertThat(store().has(chunk)).isTrue();
        assertThat(store().collect(10, hash -> false)).isEqualTo(10);
    }

    @Test
    void refusedBytesLeaveNoFile() throws IOException {
        ChunkHash other = ChunkHash.ofContents(bytes(2, 1000));
        assertFails(() -> put(store(), other, bytes(1, 1000), 1000, 1), FailureCode.DAMAGED);
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void aDamagedChunkIsFoundAndSetAsideAndCanComeAgain() throws IOException {
        byte[] contents = bytes(1, 1000);
        ChunkHash hash = put(contents, 1);
        store().sync(List.of(hash));
        store().verify(hash);
        byte[] changed = contents.clone();
        changed[500] ^= 1;
        Files.write(durable(hash), changed);
        assertFails(() -> store().verify(hash), FailureCode.DAMAGED);
        assertThat(store().has(hash)).isFalse();
        assertThat(store().chunks()).isZero();
        assertThat(folder.resolve("damaged").resolve(hash.hex())).hasBinaryContent(changed);
        put(contents, 1);
        store().sync(List.of(hash));
        assertThat(read(store(), hash)).isEqualTo(contents);
    }

    @Test
    void aChunkThatIsSentAgainMendsADamagedOneThatNobodyHasFoundYet() throws IOException {
        byte[] contents = bytes(1, 1000);
        ChunkHash hash = put(contents, 1);
        store().sync(List.of(hash));
        byte[] changed = contents.clone();
        changed[500] ^= 1;
        Files.write(durable(hash), changed);
        assertFails(() -> put(contents, 2), FailureCode.UNAVAILABLE);
        assertThat(store().has(hash)).isFalse();
        put(contents, 2);
        assertThat(read(store(), hash)).isEqualTo(contents);
    }

    @Test
    void onlyTheNewestDamagedChunksAreKept() throws IOException {
        for (int i = 0; i < 70; i++) {
            ChunkHash hash = put(bytes(i, 10), 1);
            Files.write(arriving(hash), new byte[11]);
            assertFails(() -> store().verify(hash), FailureCode.DAMAGED);
        }
        try (Stream<Path> kept = Files.list(folder.resolve("damaged"))) {
            assertThat(kept).hasSize(64);
        }
    }

    @Test
    void muchThatArrivesIsSyncedUnasked() {
        for (int i = 0; i < 70; i++) {
            put(bytes(i, 1 << 20), 1);
        }
        org.awaitility.Awaitility.await().until(() -> {
            try (Stream<Path> files = Files.walk(folder.resolve("chunks"))) {
                return files.anyMatch(Files::isRegularFile);
            }
        });
    }
}
