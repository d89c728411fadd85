package holdfast.client.cache;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Inline;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/** Compares local bytes with the hashes that name them. */
final class Verifier {
    private static final int STEP = 1 << 20;

    private static final byte[] ZEROS = new byte[STEP];

    private Verifier() {}

    /**
     * Whether {@code file} holds exactly the contents {@code id}; {@code manifest} is empty for
     * inline ones.
     */
    static boolean holds(Path file, ContentId id, Optional<Manifest> manifest) throws IOException {
        if (manifest.isEmpty()) {
            return Files.size(file) <= ChunkBounds.INLINE_BYTES_MAX
                    && Inline.of(Files.readAllBytes(file)).id().equals(id);
        }
        Manifest pieces = manifest.get();
        BitSet good = check(file, pieces, all(pieces));
        return Files.size(file) == pieces.size()
                && good.cardinality() == pieces.pieces().size();
    }

    private static BitSet all(Manifest manifest) {
        BitSet all = new BitSet();
        all.set(0, manifest.pieces().size());
        return all;
    }

    /** Those of the pieces {@code asked} whose bytes in {@code file} are right. */
    static BitSet check(Path file, Manifest manifest, BitSet asked) throws IOException {
        BitSet good = new BitSet();
        byte[] buffer = new byte[STEP];
        try (LocalSource source = LocalSource.open(file)) {
            long position = 0;
            int number = 0;
            for (Piece piece : manifest.pieces()) {
                if (asked.get(number) && isGood(source, position, piece, buffer)) {
                    good.set(number);
                }
                position += piece.length();
                number++;
            }
        }
        return good;
    }

    private static boolean isGood(LocalSource source, long position, Piece piece, byte[] buffer)
            throws IOException {
        return switch (piece) {
            case Piece.Chunk chunk -> hashes(source, position, chunk, buffer);
            case Piece.Hole hole -> zeros(source, position, position + hole.length(), buffer);
        };
    }

    private static boolean hashes(LocalSource source, long start, Piece.Chunk chunk, byte[] buffer)
            throws IOException {
        MessageDigest digest = ChunkHash.digest();
        long end = start + chunk.length();
        for (long at = start; at < end; ) {
            int read = read(source, at, end, buffer);
            if (read <= 0) {
                return false;
            }
            digest.update(buffer, 0, read);
            at += read;
            letOthersRun();
        }
        return ChunkHash.of(digest.digest()).equals(chunk.hash());
    }

    private static boolean zeros(LocalSource source, long start, long end, byte[] buffer)
            throws IOException {
        for (long at = source.zerosUntil(start); at < end; at = source.zerosUntil(at)) {
            int read = read(source, at, end, buffer);
            if (read <= 0 || !Arrays.equals(buffer, 0, read, ZEROS, 0, read)) {
                return false;
            }
            at += read;
            letOthersRun();
        }
        return true;
    }

    private static int read(LocalSource source, long at, long end, byte[] buffer)
            throws IOException {
        return source.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, end - at)), at);
    }

    /** A virtual thread that only computes would keep its carrier from heartbeats and breaks. */
    @SuppressWarnings("ThreadPriorityCheck")
    static void letOthersRun() {
        Thread.yield();
    }
}
