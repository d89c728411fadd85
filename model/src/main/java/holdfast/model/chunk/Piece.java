package holdfast.model.chunk;

/** A stretch of a file's contents. */
public sealed interface Piece {
    /** Bytes, at least 1. */
    long length();

    /** Bytes that are stored: those of a chunk. */
    default long storedBytes() {
        return switch (this) {
            case Chunk chunk -> chunk.length();
            case Hole _ -> 0;
        };
    }

    /**
     * Bytes with a name.
     *
     * @param length 1 to {@link ChunkBounds#CHUNK_BYTES_MAX}
     */
    record Chunk(ChunkHash hash, long length) implements Piece {
        public Chunk {
            if (length < 1 || length > ChunkBounds.CHUNK_BYTES_MAX) {
                throw new IllegalArgumentException("a chunk of " + length + " bytes");
            }
        }
    }

    /**
     * Zeros that are not stored.
     *
     * @param length 1 to {@link ChunkBounds#FILE_BYTES_MAX}
     */
    record Hole(long length) implements Piece {
        public Hole {
            if (length < 1 || length > ChunkBounds.FILE_BYTES_MAX) {
                throw new IllegalArgumentException("a hole of " + length + " bytes");
            }
        }
    }
}
