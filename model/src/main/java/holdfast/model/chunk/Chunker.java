package holdfast.model.chunk;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Cuts contents into pieces. Up to {@link ChunkBounds#INLINE_BYTES_MAX} bytes stay inline. The same
 * bytes are cut in the same way everywhere; equal stretches of different files are mostly cut into
 * equal chunks.
 *
 * <p>A hole is a run of windows of 64 KiB, at multiples of 64 KiB, that hold only zeros; whether
 * the local file system knew of them makes no difference. The average chunk grows with the file, so
 * that a file of 1 TiB has about 7,000 pieces.
 */
public final class Chunker {
    private static final int PIECES_REUSED_MAX = 12_288;

    private Chunker() {}

    /**
     * Cuts everything. LIMIT when it is larger than a file may be; CANCELLED when the thread is
     * interrupted.
     */
    public static Contents cut(ChunkSource source) throws IOException {
        return cut(source, ChunkFound.UNTOLD);
    }

    /** Cuts everything, and tells {@code found} of the chunks meanwhile. */
    public static Contents cut(ChunkSource source, ChunkFound found) throws IOException {
        long size = checkedSize(source);
        if (size <= ChunkBounds.INLINE_BYTES_MAX) {
            return inline(source, (int) size);
        }
        return new Cutting(source, size, CutPolicy.forSize(size), Base.NONE, found).run();
    }

    /**
     * Cuts what differs from {@code base}: only {@code changed} and what was added at the end may
     * differ. Pieces of the base that lie outside stay; reading starts at the piece that holds a
     * change and ends at the next cut of the base.
     */
    public static Contents recut(ChunkSource source, Manifest base, List<ByteRange> changed)
            throws IOException {
        long size = checkedSize(source);
        if (size <= ChunkBounds.INLINE_BYTES_MAX) {
            return inline(source, (int) size);
        }
        CutPolicy policy = CutPolicy.forSize(size);
        if (base.pieces().size() > PIECES_REUSED_MAX) {
            return anew(source, size, policy.coarser());
        }
        Base old = Base.of(base, size, changed);
        Manifest cut =
                new Cutting(old.knowingHolesOf(source), size, policy, old, ChunkFound.UNTOLD).run();
        return cut.pieces().size() <= PIECES_REUSED_MAX
                ? cut
                : anew(source, size, policy.coarser());
    }

    private static Manifest anew(ChunkSource source, long size, CutPolicy policy)
            throws IOException {
        return new Cutting(source, size, policy, Base.NONE, ChunkFound.UNTOLD).run();
    }

    private static long checkedSize(ChunkSource source) throws IOException {
        long size = source.size();
        if (size > ChunkBounds.FILE_BYTES_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT, "a file has at most 8 TiB, this one " + size + " bytes");
        }
        return size;
    }

    private static Contents inline(ChunkSource source, int size) throws IOException {
        byte[] bytes = new byte[size];
        readFully(source, ByteBuffer.wrap(bytes), 0);
        return Inline.of(bytes);
    }

    /** Reads until {@code into} is full. */
    static void readFully(ChunkSource source, ByteBuffer into, long position) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int read = source.read(into, at);
            if (read <= 0) {
                throw new IOException("the file became shorter while it was read");
            }
            at += read;
        }
    }
}
