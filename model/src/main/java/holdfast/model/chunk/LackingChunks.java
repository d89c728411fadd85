package holdfast.model.chunk;

import holdfast.model.failure.Failure;

import java.util.List;

/**
 * Of LACKS_CHUNKS: what the client must send before the store can be repeated.
 *
 * @param hashes at most {@link ChunkBounds#PIECES_MAX}
 */
public record LackingChunks(List<ChunkHash> hashes) implements Failure.Detail {
    public LackingChunks {
        hashes = List.copyOf(hashes);
        if (hashes.size() > ChunkBounds.PIECES_MAX) {
            throw new IllegalArgumentException(hashes.size() + " chunks are too many to name");
        }
    }
}
