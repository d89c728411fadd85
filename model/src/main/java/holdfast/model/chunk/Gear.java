package holdfast.model.chunk;

/**
 * The rolling hash that decides where to cut: for each byte {@code h = 2h + T[byte]}, modulo 2^64.
 * A byte's influence is shifted out after 64 steps, so a cut depends on the 64 bytes before it and
 * on nothing else; that is why cuts come back after an insertion. There is a cut where the upper
 * bits of {@code h} are all zero: with {@code n} bits, once in 2^n bytes on average. The cuts of a
 * larger average are among those of a smaller one. (Gear hashing: Xia et al., "Ddelta", 2014.)
 */
final class Gear {
    /** How many bytes decide. */
    static final int REACH = 64;

    /** Nobody may change it: it decides where everybody's contents are cut. */
    private static final long[] TABLE = table();

    private static final long SEED = 0x686f_6c64_6661_7374L; // "holdfast"

    private final int shift;
    private long hash;

    Gear(int averageBits) {
        this.shift = Long.SIZE - averageBits;
    }

    /** Forgets all bytes. */
    void restart() {
        hash = 0;
    }

    /** Takes bytes without looking for a cut. */
    void take(byte[] bytes, int from, int to) {
        long h = hash;
        for (int i = from; i < to; i++) {
            h = (h << 1) + TABLE[bytes[i] & 0xff];
        }
        hash = h;
    }

    /**
     * Takes bytes up to the first cut; returns the index after its last byte, or -1 when there is
     * none.
     */
    int find(byte[] bytes, int from, int to) {
        long h = hash;
        for (int i = from; i < to; i++) {
            h = (h << 1) + TABLE[bytes[i] & 0xff];
            if (h >>> shift == 0) {
                hash = 0;
                return i + 1;
            }
        }
        hash = h;
        return -1;
    }

    // SplitMix64, written out so that the table never depends on a library.
    private static long[] table() {
        long[] table = new long[256];
        long state = SEED;
        for (int i = 0; i < table.length; i++) {
            state += 0x9e37_79b9_7f4a_7c15L;
            long z = (state ^ (state >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
            z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
            table[i] = z ^ (z >>> 31);
        }
        return table;
    }
}
