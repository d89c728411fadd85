package holdfast.model.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

class ChunkerTest {
    private static final int MIB = 1 << 20;

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The pieces are exactly these bytes. */
    static void assertIsOf(Contents contents, byte[] bytes) {
        assertThat(contents.size()).isEqualTo(bytes.length);
        switch (contents) {
            case Inline inline -> assertThat(inline.bytes()).isEqualTo(bytes);
            case Manifest manifest -> {
                int at = 0;
                for (Piece piece : manifest.pieces()) {
                    byte[] part = Arrays.copyOfRange(bytes, at, at + (int) piece.length());
                    switch (piece) {
                        case Piece.Chunk chunk ->
                            assertThat(ChunkHash.ofContents(part)).isEqualTo(chunk.hash());
                        case Piece.Hole _ -> assertThat(part).isEqualTo(new byte[part.length]);
                    }
                    at += part.length;
                }
            }
        }
    }

    private static Manifest manifest(byte[] bytes) throws IOException {
        return (Manifest) Chunker.cut(TestSource.of(bytes));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, ChunkBounds.INLINE_BYTES_MAX})
    void fewBytesStayInline(int size) throws IOException {
        byte[] bytes = random(size, size);
        assertThat(Chunker.cut(TestSource.of(bytes))).isEqualTo(Inline.of(bytes));
    }

    @Test
    void thePiecesAreTheBytesAndKeepTheirBounds() throws IOException {
        byte[] bytes = random(1, 40 * MIB + 12_345);
        Manifest manifest = manifest(bytes);
        assertIsOf(manifest, bytes);
        List<Piece> butLast = manifest.pieces().subList(0, manifest.pieces().size() - 1);
        assertThat(butLast)
                .allSatisfy(piece -> assertThat(piece.length()).isBetween(MIB / 4L, 4L * MIB));
        assertThat(manifest.pieces()).hasSizeBetween(20, 60);
    }

    @Test
    void theSameBytesAreCutTheSameHoweverTheyAreRead() throws IOException {
        byte[] bytes = withHoles(3, 12 * MIB + 77);
        Contents dense = Chunker.cut(new TestSource(bytes, false));
        assertThat(Chunker.cut(new TestSource(bytes, true))).isEqualTo(dense);
        assertThat(dense.storedBytes()).isLessThan(dense.size());
        assertIsOf(dense, bytes);
    }

    private static byte[] withHoles(long seed, int size) {
        byte[] bytes = random(seed, size);
        Random random = new Random(seed);
        for (int i = 0; i < 6; i++) {
            int from = random.nextInt(size);
            Arrays.fill(
                    bytes, from, from + random.nextInt(Math.min(size - from, 2 * MIB) + 1), (byte)
                            0);
        }
        return bytes;
    }

    /**
     * Cuts are the same on every machine and in every release; else nothing would be found that is
     * stored already.
     */
    @Test
    void cutsNeverChange() throws IOException {
        byte[] bytes = withHoles(11, 9 * MIB);
        assertThat(manifest(bytes).id().hex())
                .isEqualTo("a2b13bf16af6b69ed7e4a82361193f7446d0ae11fb43ec49adecaaaaecc9a839");
    }

    @Test
    void anInsertionInTheMiddleLeavesMostChunksAsTheyWere() throws IOException {
        byte[] bytes = random(4, 32 * MIB);
        byte[] longer = new byte[bytes.length + 1_001];
        System.arraycopy(bytes, 0, longer, 0, 10_000_000);
        System.arraycopy(bytes, 10_000_000, longer, 10_001_001, bytes.length - 10_000_000);
        Set<Piece> before = new HashSet<>(manifest(bytes).pieces());
        List<Piece> after = manifest(longer).pieces();
        long fresh = after.stream().filter(piece -> !before.contains(piece)).count();
        assertThat(fresh).isLessThanOrEqualTo(4);
        assertIsOf(new Manifest(after), longer);
    }

    @Test
    void aFileOfZerosIsOneHole() throws IOException {
        Contents contents = Chunker.cut(TestSource.of(new byte[10 * MIB + 5]));
        assertThat(contents).isEqualTo(new Manifest(List.of(new Piece.Hole(10 * MIB + 5))));
    }

    /** A file of 1 TiB that is all hole but for 1 KiB at each of some places. */
    private record Islands(long size, List<Long> places) implements ChunkSource {
        @Override
        public int read(ByteBuffer into, long position) {
            int count = (int) Math.min(into.remaining(), size - position);
            for (int i = 0; i < count; i++) {
                long at = position + i;
                into.put((byte) (places.stream().anyMatch(p -> at >= p && at < p + 1024) ? 1 : 0));
            }
            return count;
        }

        @Override
        public long zerosUntil(long position) {
            return places.stream()
                    .filter(place -> place + 1024 > position)
                    .mapToLong(place -> Math.max(position, place))
                    .min()
                    .orElse(size);
        }
    }

    @Test
    void aSparseFileOfOneTebibyteIsReadOnlyWhereItHasData() throws IOException {
        Contents contents =
                Chunker.cut(new Islands(1L << 40, List.of(0L, 1L << 33, (1L << 40) - 1024)));
        assertThat(contents.size()).isEqualTo(1L << 40);
        assertThat(contents.storedBytes()).isLessThan(MIB);
        assertThat(((Manifest) contents).pieces()).hasSizeLessThan(8);
    }

    @Test
    void theAverageGrowsSoThatLargeFilesHaveFarFewerPiecesThanAllowed() {
        for (long size = 1L << 16; size <= ChunkBounds.FILE_BYTES_MAX; size *= 2) {
            CutPolicy policy = CutPolicy.forSize(size);
            long mean = (1L << policy.averageBits()) + policy.min() - policy.max() / 50;
            assertThat(size / mean).as("pieces of %d bytes", size).isLessThan(15_500);
            assertThat(policy.max()).isLessThanOrEqualTo(ChunkBounds.CHUNK_BYTES_MAX);
        }
        assertThat(CutPolicy.forSize(1L << 40).averageBits()).isEqualTo(27);
    }

    /** Data and zeros by turns, a window each: the worst there is. */
    private record Stripes(long size) implements ChunkSource {
        @Override
        public int read(ByteBuffer into, long position) {
            int count = (int) Math.min(into.remaining(), size - position);
            for (int i = 0; i < count; i += CutPolicy.WINDOW) {
                boolean data = (position + i) / CutPolicy.WINDOW % 2 == 0;
                into.put(data ? ONES : ZEROS, 0, Math.min(CutPolicy.WINDOW, count - i));
            }
            return count;
        }

        private static final byte[] ZEROS = new byte[CutPolicy.WINDOW];
        private static final byte[] ONES = random(1, CutPolicy.WINDOW);
    }

    @Test
    void aFileOfManyHolesStaysWithinTheBoundOfPieces() throws IOException {
        Manifest manifest = (Manifest) Chunker.cut(new Stripes(3L << 29));
        assertThat(manifest.size()).isEqualTo(3L << 29);
        assertThat(manifest.pieces()).hasSizeBetween(CutPolicy.PIECES_SOFT, CutPolicy.PIECES_HARD);
    }

    @Test
    void aFileThatIsTooLargeIsRefused() {
        ChunkSource huge = new Islands(ChunkBounds.FILE_BYTES_MAX + 1, List.of());
        assertThatThrownBy(() -> Chunker.cut(huge))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.LIMIT));
    }

    @Test
    void aSmallChangeIsFoundByReadingAndSendingLittle() throws IOException {
        byte[] bytes = random(5, 64 * MIB);
        Manifest base = manifest(bytes);
        byte[] change = random(6, 4096);
        System.arraycopy(change, 0, bytes, 32 * MIB, change.length);
        TestSource source = TestSource.of(bytes);
        Manifest recut = (Manifest)
                Chunker.recut(source, base, List.of(new ByteRange(32L * MIB, 32L * MIB + 4096)));
        assertIsOf(recut, bytes);
        Set<Piece> known = new HashSet<>(base.pieces());
        assertThat(recut.pieces().stream()
                        .filter(p -> !known.contains(p))
                        .mapToLong(Piece::length)
                        .sum())
                .isLessThan(5L * MIB);
        assertThat(source.bytesRead).isLessThan(8L * MIB);
    }

    @Test
    void appendingAgainAndAgainMakesNoCrumbs() throws IOException {
        byte[] bytes = random(8, 6 * MIB);
        Manifest manifest = (Manifest) Chunker.cut(TestSource.of(Arrays.copyOf(bytes, 70_000)));
        for (int size = 70_000; size < bytes.length; size += 50_000) {
            byte[] longer = Arrays.copyOf(bytes, size + 50_000);
            manifest = (Manifest) Chunker.recut(
                    TestSource.of(longer), manifest, List.of(new ByteRange(size, size + 50_000)));
            assertIsOf(manifest, longer);
        }
        assertThat(manifest.pieces()).hasSizeLessThan(20);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void recuttingAfterAnySequenceOfChangesGivesTheseBytes(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] bytes = withHoles(seed, 70_000 + random.nextInt(6 * MIB));
        Contents contents = Chunker.cut(TestSource.of(bytes));
        for (int step = 0; step < 40; step++) {
            List<ByteRange> changed = new java.util.ArrayList<>();
            bytes = change(random, bytes, changed);
            boolean sparse = random.nextBoolean();
            contents = contents instanceof Manifest base
                    ? Chunker.recut(new TestSource(bytes, sparse), base, changed)
                    : Chunker.cut(new TestSource(bytes, sparse));
            assertIsOf(contents, bytes);
        }
    }

    private static byte[] change(Random random, byte[] old, List<ByteRange> changed) {
        byte[] bytes = old;
        for (int i = random.nextInt(4); i >= 0; i--) {
            if (random.nextInt(4) == 0) {
                int size = random.nextInt(8 * MIB);
                if (size < bytes.length) {
                    changed.add(new ByteRange(size, bytes.length));
                }
                bytes = Arrays.copyOf(bytes, size);
            } else if (bytes.length > 0) {
                int from = random.nextInt(bytes.length);
                int length = random.nextInt(Math.min(bytes.length - from, 300_000) + 1);
                byte[] piece =
                        random.nextBoolean() ? new byte[length] : random(random.nextLong(), length);
                bytes = bytes.clone();
                System.arraycopy(piece, 0, bytes, from, length);
                changed.add(new ByteRange(from, from + length));
            }
        }
        return bytes;
    }

    @Test
    void anInterruptEndsCutting() {
        byte[] bytes = random(9, 16 * MIB);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Chunker.cut(TestSource.of(bytes)))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.CANCELLED));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void eachChunkIsToldOfInItsPlaceBeforeTheEnd() throws IOException {
        byte[] bytes = random(10, 12 * MIB);
        Arrays.fill(bytes, 3 * MIB, 5 * MIB, (byte) 0);
        List<Piece.Chunk> told = new ArrayList<>();
        List<ChunkHash> there = new ArrayList<>();
        Manifest manifest = (Manifest) Chunker.cut(TestSource.of(bytes), (chunk, position) -> {
            told.add(chunk);
            MessageDigest digest = ChunkHash.digest();
            digest.update(bytes, (int) position, (int) chunk.length());
            there.add(ChunkHash.of(digest.digest()));
        });
        assertThat(told).isEqualTo(manifest.chunks().toList()).hasSizeGreaterThan(4);
        assertThat(there).isEqualTo(told.stream().map(Piece.Chunk::hash).toList());
    }

    @Test
    void whoeverIsToldCanEndTheCutting() {
        byte[] bytes = random(11, 64 * MIB);
        AtomicInteger told = new AtomicInteger();
        assertThatThrownBy(() -> Chunker.cut(TestSource.of(bytes), (chunk, position) -> {
                    if (told.incrementAndGet() == 4) {
                        throw FailureException.of(FailureCode.UNAVAILABLE, "the server went away");
                    }
                }))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.UNAVAILABLE));
        assertThat(told).hasValue(4);
    }
}
