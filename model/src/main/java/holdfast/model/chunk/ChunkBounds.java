package holdfast.model.chunk;

/**
 * The bounds that servers hold every client's chunks to; where they are cut is the client's policy.
 */
public final class ChunkBounds {
    /** Contents up to this many bytes ride inside the commit and in answers. */
    public static final int INLINE_BYTES_MAX = 64 * 1024;

    /** The most pieces, chunks and holes, of one version. */
    public static final int PIECES_MAX = 16_384;

    /** The most bytes of one chunk. */
    public static final int CHUNK_BYTES_MAX = 1 << 30;

    /** The largest file. */
    public static final long FILE_BYTES_MAX = 8L << 40;

    private ChunkBounds() {}
}
