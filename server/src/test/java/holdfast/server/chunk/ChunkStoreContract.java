package holdfast.server.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What every chunk store does. */
abstract class ChunkStoreContract {
    private ChunkStore store;

    /** A store in which nothing was put yet. */
    abstract ChunkStore open();

    @BeforeEach
    void openStore() {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    ChunkStore store() {
        return store;
    }

    /** The same store, closed and opened again. */
    void reopen() {
        store.close();
        store = open();
    }

    static byte[] bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static ChunkHash put(ChunkStore store, byte[] contents, long collection) {
        ChunkHash hash = ChunkHash.ofContents(contents);
        put(store, hash, contents, contents.length, collection);
        return hash;
    }

    static void put(
            ChunkStore store, ChunkHash hash, byte[] contents, long length, long collection) {
        store.put(
                hash, length, collection, Channels.newChannel(new ByteArrayInputStream(contents)));
    }

    ChunkHash put(byte[] contents, long collection) {
        return put(store, contents, collection);
    }

    static byte[] read(ChunkStore store, ChunkHash... hashes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ChunkStore.OpenChunks open = store.open(List.of(hashes))) {
            open.writeTo(Channels.newChannel(out));
            assertThat(open.length()).isEqualTo(out.size());
        }
        return out.toByteArray();
    }

    static void assertFails(Runnable what, FailureCode code) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void chunksComeBackAsTheyWerePut() throws IOException {
        byte[] one = bytes(1, 3_000_000);
        byte[] two = bytes(2, 1);
        ChunkHash first = put(one, 1);
        ChunkHash second = put(two, 1);
        put(two, 1);
        byte[] both = read(store, first, second);
        assertThat(both).startsWith(one).endsWith(two).hasSize(one.length + two.length);
        store.sync(List.of(first, second));
        assertThat(read(store, second, first)).startsWith(two).endsWith(one);
        assertThat(store.chunks()).isEqualTo(2);
        assertThat(store.bytes()).isEqualTo(one.length + two.length);
        store.verify(first);
    }

    @Test
    void wrongOrMissingBytesAreRefusedAndNothingIsKept() {
        byte[] contents = bytes(1, 1000);
        ChunkHash other = ChunkHash.ofContents(bytes(2, 1000));
        assertFails(() -> put(store, other, contents, 1000, 1), FailureCode.DAMAGED);
        ChunkHash longer = ChunkHash.ofContents(bytes(1, 2000));
        assertFails(() -> put(store, longer, contents, 2000, 1), FailureCode.DAMAGED);
        assertThat(store.has(other)).isFalse();
        assertThat(store.has(longer)).isFalse();
        assertThat(store.chunks()).isZero();
        assertThat(store.bytes()).isZero();
    }

    @Test
    void wrongBytesUnderTheNameOfAPresentChunkAreRefused() throws IOException {
        byte[] contents = bytes(1, 1000);
        ChunkHash hash = put(contents, 1);
        assertFails(() -> put(store, hash, bytes(2, 1000), 1000, 1), FailureCode.DAMAGED);
        assertThat(read(store, hash)).isEqualTo(contents);
    }

    @Test
    void aPutTakesItsOwnBytesOnly() throws IOException {
        byte[] two = new byte[2000];
        System.arraycopy(bytes(1, 1000), 0, two, 0, 1000);
        System.arraycopy(bytes(2, 1000), 0, two, 1000, 1000);
        var in = Channels.newChannel(new ByteArrayInputStream(two));
        ChunkHash first = ChunkHash.ofContents(bytes(1, 1000));
        ChunkHash second = ChunkHash.ofContents(bytes(2, 1000));
        put(bytes(1, 1000), 1);
        store.put(first, 1000, 1, in);
        store.put(second, 1000, 1, in);
        assertThat(read(store, second)).isEqualTo(bytes(2, 1000));
    }

    @Test
    void lengthsBeyondTheBoundsAreRefused() {
        ChunkHash hash = ChunkHash.ofContents(new byte[0]);
        assertFails(() -> put(store, hash, new byte[0], 0, 1), FailureCode.INVALID);
        assertFails(() -> put(store, hash, new byte[0], -1, 1), FailureCode.INVALID);
        assertFails(() -> put(store, hash, new byte[0], (1L << 30) + 1, 1), FailureCode.INVALID);
    }

    @Test
    void aChunkLargerThanTheFreeSpaceIsRefusedBeforeItIsRead() {
        long free = store.freeBytes();
        assertThat(free).isPositive().isLessThanOrEqualTo(store.capacityBytes());
        if (free < 1 << 30) {
            assertFails(
                    () -> put(store, ChunkHash.ofContents(new byte[1]), new byte[1], free + 1, 1),
                    FailureCode.NO_SPACE);
        }
    }

    @Test
    void missingChunksAreNamedAsSuch() {
        ChunkHash here = put(bytes(1, 10), 1);
        ChunkHash missing = ChunkHash.ofContents(bytes(2, 10));
        assertThat(store.has(missing)).isFalse();
        assertThat(store.touch(missing, 1)).isFalse();
        assertFails(() -> store.open(List.of(here, missing)), FailureCode.LACKS_CHUNKS);
        assertFails(() -> store.sync(List.of(here, missing)), FailureCode.LACKS_CHUNKS);
        assertFails(() -> store.verify(missing), FailureCode.LACKS_CHUNKS);
    }

    @Test
    void aCollectionLeavesWhatIsNamedAndWhatWasPushedUnderItsNumberOrTheOneBefore() {
        ChunkHash named = put(bytes(1, 10), 1);
        ChunkHash old = put(bytes(2, 10), 1);
        ChunkHash again = put(bytes(3, 10), 1);
        ChunkHash fresh = put(bytes(4, 10), 2);
        store.sync(List.of(old));
        assertThat(store.touch(again, 2)).isTrue();
        assertThat(store.collect(2, named::equals)).isZero();
        assertThat(store.collect(3, named::equals)).isEqualTo(10);
        assertThat(store.has(old)).isFalse();
        assertThat(List.of(named, again, fresh)).allMatch(store::has);
        assertThat(store.collect(4, named::equals)).isEqualTo(20);
        assertThat(store.collect(5, any -> false)).isEqualTo(10);
        assertThat(store.chunks()).isZero();
        assertThat(store.bytes()).isZero();
    }

    @Test
    void aRemovedChunkCanComeAgain() throws IOException {
        ChunkHash hash = put(bytes(1, 10), 1);
        store.collect(9, any -> false);
        assertThat(store.has(hash)).isFalse();
        put(bytes(1, 10), 9);
        assertThat(store.collect(10, any -> false)).isZero();
        assertThat(read(store, hash)).isEqualTo(bytes(1, 10));
    }

    @Test
    void anOpenReaderKeepsItsChunk() throws IOException {
        byte[] contents = bytes(1, 1000);
        ChunkHash hash = put(contents, 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ChunkStore.OpenChunks open = store.open(List.of(hash))) {
            assertThat(store.collect(5, any -> false)).isEqualTo(1000);
            open.writeTo(Channels.newChannel(out));
        }
        assertThat(out.toByteArray()).isEqualTo(contents);
        assertFails(() -> store.open(List.of(hash)), FailureCode.LACKS_CHUNKS);
    }

    @Test
    void generatedOperationsLeaveWhatASetWouldHold() {
        for (int seed = 0; seed < 50; seed++) {
            compareWithASet(seed);
        }
    }

    /** Each seed in numbers of its own; chunks of the seeds before are named. */
    private void compareWithASet(int seed) {
        Random random = new Random(seed);
        Map<ChunkHash, Long> model = new HashMap<>();
        Set<ChunkHash> named = new HashSet<>();
        long collection = 1 + seed * 100L;
        for (int step = 0; step < 40; step++) {
            byte[] contents = ("s" + seed + "/" + random.nextInt(12))
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8);
            ChunkHash hash = ChunkHash.ofContents(contents);
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    put(contents, collection);
                    model.put(hash, collection);
                }
                case 2 -> {
                    long now = collection;
                    assertThat(store.touch(hash, now))
                            .isEqualTo(model.computeIfPresent(hash, (h, n) -> now) != null);
                }
                case 3 -> {
                    if (model.containsKey(hash)) {
                        store.sync(List.of(hash));
                        named.add(hash);
                    }
                }
                case 4 -> named.remove(hash);
                default -> {
                    long number = ++collection;
                    store.collect(number, h -> named.contains(h) || !model.containsKey(h));
                    model.entrySet()
                            .removeIf(
                                    e -> !named.contains(e.getKey()) && e.getValue() <= number - 2);
                }
            }
            assertThat(store.has(hash))
                    .as("seed %d step %d", seed, step)
                    .isEqualTo(model.containsKey(hash));
        }
        assertThat(model.keySet()).allMatch(store::has);
    }

    @Test
    void manyThreadsPutAndSyncAtOnce() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int caller = 0; caller < 16; caller++) {
                int from = caller / 2 * 20;
                all.add(callers.submit(() -> {
                    List<ChunkHash> mine = new ArrayList<>();
                    for (int i = from; i < from + 20; i++) {
                        mine.add(put(bytes(i, 50_000), 1));
                    }
                    store.sync(mine);
                    mine.forEach(store::verify);
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(store.chunks()).as("two callers each put the same").isEqualTo(160);
        assertThat(store.bytes()).isEqualTo(160 * 50_000L);
    }
}
