package holdfast.model.chunk;

/**
 * Where contents of one size are cut.
 *
 * @param averageBits the average chunk is about 2 to the power of this
 * @param min no chunk is shorter, but the last one before a hole or the end
 * @param max no chunk is longer
 * @param holeMin shorter runs of zeros are bytes like others
 */
record CutPolicy(int averageBits, int min, int max, long holeMin) {
    /** Zeros are looked for in windows of this many bytes, at multiples of it. */
    static final int WINDOW = 64 * 1024;

    /** From this many pieces on, the rest is cut so that {@link #PIECES_HARD} are enough. */
    static final int PIECES_SOFT = 8_192;

    /** A few less than a manifest may have. */
    static final int PIECES_HARD = ChunkBounds.PIECES_MAX - 64;

    private static final int AVERAGE_BITS_MIN = 20;
    private static final int AVERAGE_BITS_MAX = 29;
    private static final int WINDOWS_PER_AVERAGE = 16;

    /**
     * 1 MiB on average up to 8 GiB; then the average doubles with the size, so that a file has
     * 3,000 to 7,000 pieces.
     */
    static CutPolicy forSize(long size) {
        int bits = AVERAGE_BITS_MIN;
        while (bits < AVERAGE_BITS_MAX && size >>> bits > PIECES_SOFT) {
            bits++;
        }
        return ofAverage(bits);
    }

    private static CutPolicy ofAverage(int bits) {
        int average = 1 << bits;
        long max = Math.min(4L * average, ChunkBounds.CHUNK_BYTES_MAX);
        long hole = Math.max(WINDOW, average / WINDOWS_PER_AVERAGE);
        return new CutPolicy(bits, average / 4, (int) max, hole);
    }

    /** The average doubled. */
    CutPolicy coarser() {
        return averageBits >= AVERAGE_BITS_MAX ? this : ofAverage(averageBits + 1);
    }

    /**
     * For contents that come out in unusually many pieces: {@code piecesLeft} suffice for
     * {@code bytesLeft}, since each hole and the chunk before it are together longer than the
     * shortest chunk.
     */
    CutPolicy sparing(long bytesLeft, int piecesLeft) {
        long shortest = Math.max(min, Math.ceilDiv(2 * bytesLeft, Math.max(1, piecesLeft)));
        int least = (int) Math.min(shortest, ChunkBounds.CHUNK_BYTES_MAX);
        return new CutPolicy(averageBits, least, Math.max(max, least), Math.max(least, holeMin));
    }
}
