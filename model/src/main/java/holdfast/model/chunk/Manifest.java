package holdfast.model.chunk;

import java.util.List;
import java.util.stream.Stream;

/**
 * A list of pieces, in their order.
 *
 * @param pieces at most {@link ChunkBounds#PIECES_MAX}, together at most
 *     {@link ChunkBounds#FILE_BYTES_MAX} bytes
 */
public record Manifest(List<Piece> pieces) implements Contents {
    public Manifest {
        pieces = List.copyOf(pieces);
        if (pieces.size() > ChunkBounds.PIECES_MAX) {
            throw new IllegalArgumentException("a manifest of " + pieces.size() + " pieces");
        }
        if (sum(pieces) > ChunkBounds.FILE_BYTES_MAX) {
            throw new IllegalArgumentException("contents of " + sum(pieces) + " bytes");
        }
    }

    // 16,384 pieces of 2^43 bytes at most: no overflow.
    private static long sum(List<Piece> pieces) {
        return pieces.stream().mapToLong(Piece::length).sum();
    }

    /** The chunks, in their order, equal ones as often as they come. */
    public Stream<Piece.Chunk> chunks() {
        return pieces.stream().filter(Piece.Chunk.class::isInstance).map(Piece.Chunk.class::cast);
    }

    @Override
    public long size() {
        return sum(pieces);
    }

    @Override
    public long storedBytes() {
        return pieces.stream().mapToLong(Piece::storedBytes).sum();
    }

    @Override
    public ContentId id() {
        return ContentId.ofManifest(this);
    }

    @Override
    public String toString() {
        return pieces.size() + " pieces";
    }
}
