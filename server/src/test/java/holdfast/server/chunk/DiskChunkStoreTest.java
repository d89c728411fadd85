package holdfast.server.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

final class DiskChunkStoreTest {
    @TempDir
    Path folder;

    private DiskChunkStore store;

    @BeforeEach
    void open() {
        store = new DiskChunkStore(folder);
    }

    private static byte[] bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private ChunkHash put(byte[] contents, long collection) {
        ChunkHash hash = ChunkHash.ofContents(contents);
        store.put(
                hash,
                contents.length,
                collection,
                Channels.newChannel(new ByteArrayInputStream(contents)));
        return hash;
    }

    private byte[] read(ChunkHash... hashes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.open(List.of(hashes)).writeTo(Channels.newChannel(out));
        return out.toByteArray();
    }

    private static void assertFails(Runnable what, FailureCode code) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void chunksComeBackAsTheyWerePutAlsoAfterARestart() throws IOException {
        byte[] one = bytes(1, 3_000_000);
        byte[] two = bytes(2, 10);
        ChunkHash first = put(one, 1);
        ChunkHash second = put(two, 1);
        put(two, 1);
        store.sync(List.of(first, second));
        open();
        byte[] both = read(first, second);
        assertThat(both).startsWith(one).endsWith(two).hasSize(one.length + two.length);
        assertThat(store.chunks()).isEqualTo(2);
        assertThat(store.bytes()).isEqualTo(one.length + two.length);
    }

    @Test
    void wrongOrMissingBytesAreRefusedAndNothingIsKept() throws IOException {
        byte[] contents = bytes(1, 1000);
        ChunkHash other = ChunkHash.ofContents(bytes(2, 1000));
        assertFails(
                () -> store.put(
                        other, 1000, 1, Channels.newChannel(new ByteArrayInputStream(contents))),
                FailureCode.DAMAGED);
        assertFails(
                () -> store.put(
                        other, 2000, 1, Channels.newChannel(new ByteArrayInputStream(contents))),
                FailureCode.DAMAGED);
        assertThat(store.has(other)).isFalse();
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void aCollectionLeavesWhatIsNamedAndWhatWasPushedUnderTheTwoNumbersBefore() {
        ChunkHash named = put(bytes(1, 10), 1);
        ChunkHash old = put(bytes(2, 10), 1);
        ChunkHash again = put(bytes(3, 10), 1);
        ChunkHash fresh = put(bytes(4, 10), 2);
        assertThat(store.touch(again, 2)).isTrue();
        assertThat(store.collect(3, named::equals)).isEqualTo(10);
        assertThat(store.has(old)).isFalse();
        assertThat(List.of(named, again, fresh)).allMatch(store::has);
        assertThat(store.collect(4, named::equals)).isEqualTo(20);
        assertThat(store.chunks()).isEqualTo(1);
    }

    @Test
    void afterARestartNothingIsRemovedThatMayHaveBeenPushedLately() {
        ChunkHash chunk = put(bytes(1, 10), 7);
        open();
        assertThat(store.collect(8, hash -> false)).isZero();
        assertThat(store.collect(9, hash -> false)).isZero();
        assertThat(store.has(chunk)).isTrue();
        assertThat(store.collect(10, hash -> false)).isEqualTo(10);
    }

    @Test
    void anOpenReaderKeepsItsChunk() throws IOException {
        byte[] contents = bytes(1, 1000);
        ChunkHash hash = put(contents, 1);
        ChunkStore.OpenChunks open = store.open(List.of(hash));
        assertThat(store.collect(5, any -> false)).isEqualTo(1000);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        open.writeTo(Channels.newChannel(out));
        assertThat(out.toByteArray()).isEqualTo(contents);
        assertFails(() -> store.open(List.of(hash)), FailureCode.LACKS_CHUNKS);
        assertFails(() -> store.sync(List.of(hash)), FailureCode.LACKS_CHUNKS);
    }

    @Test
    void aDamagedChunkIsFoundAndSetAside() throws IOException {
        byte[] contents = bytes(1, 1000);
        ChunkHash hash = put(contents, 1);
        store.verify(hash);
        contents[500] ^= 1;
        Files.write(
                folder.resolve("chunks").resolve(hash.hex().substring(0, 2)).resolve(hash.hex()),
                contents);
        assertFails(() -> store.verify(hash), FailureCode.DAMAGED);
        assertThat(store.has(hash)).isFalse();
        assertThat(folder.resolve("damaged").resolve(hash.hex())).exists();
    }
}
