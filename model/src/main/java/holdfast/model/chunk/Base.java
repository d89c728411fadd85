package holdfast.model.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The pieces that contents had before, with what changed since. */
final class Base {
    static final Base NONE = new Base(List.of(), 0, new long[0], new long[0]);

    private final List<Piece> pieces;
    private final long[] starts; // of the pieces, and the end of the last one
    private final long size; // now
    private final long[] changedStarts; // ascending, disjoint
    private final long[] changedEnds;

    private Base(List<Piece> pieces, long size, long[] changedStarts, long[] changedEnds) {
        this.pieces = pieces;
        this.size = size;
        this.changedStarts = changedStarts;
        this.changedEnds = changedEnds;
        this.starts = new long[pieces.size() + 1];
        for (int i = 0; i < pieces.size(); i++) {
            starts[i + 1] = starts[i] + pieces.get(i).length();
        }
    }

    static Base of(Manifest base, long size, List<ByteRange> changed) {
        List<ByteRange> sorted = changed.stream()
                .filter(range -> range.length() > 0)
                .sorted(Comparator.comparingLong(ByteRange::start))
                .toList();
        long[] from = new long[sorted.size()];
        long[] to = new long[sorted.size()];
        int count = 0;
        for (ByteRange range : sorted) {
            if (count > 0 && range.start() <= to[count - 1]) {
                to[count - 1] = Math.max(to[count - 1], range.end());
            } else {
                from[count] = range.start();
                to[count++] = range.end();
            }
        }
        return new Base(base.pieces(), size, Arrays.copyOf(from, count), Arrays.copyOf(to, count));
    }

    /** The piece that starts at {@code position} and is still there, unchanged and whole. */
    Optional<Piece> unchangedAt(long position) {
        int at = Arrays.binarySearch(starts, position);
        if (at < 0 || at >= pieces.size() || starts[at + 1] > size) {
            return Optional.empty();
        }
        // The last piece ended with the file, not at a cut: more bytes belong to it.
        boolean grewBehind = at == pieces.size() - 1 && starts[at + 1] < size;
        boolean touched = changedFrom(position) < starts[at + 1];
        return grewBehind || touched ? Optional.empty() : Optional.of(pieces.get(at));
    }

    /** The first changed position at or after {@code position}. */
    private long changedFrom(long position) {
        int at = Arrays.binarySearch(changedStarts, position);
        if (at >= 0) {
            return position;
        }
        int next = -at - 1;
        if (next > 0 && changedEnds[next - 1] > position) {
            return position;
        }
        return next < changedStarts.length ? changedStarts[next] : Long.MAX_VALUE;
    }

    /**
     * The end of the zeros that an unchanged hole says are at {@code position}; else
     * {@code position}.
     */
    private long zerosUntil(long position) {
        int at = Arrays.binarySearch(starts, position);
        int piece = at >= 0 ? at : -at - 2;
        if (piece < 0 || piece >= pieces.size() || !(pieces.get(piece) instanceof Piece.Hole)) {
            return position;
        }
        long end = Math.min(starts[piece + 1], size);
        return Math.max(position, Math.min(end, changedFrom(position)));
    }

    /** {@code source}, also knowing the zeros of the base's holes. */
    ChunkSource knowingHolesOf(ChunkSource source) {
        return new ChunkSource() {
            @Override
            public long size() throws IOException {
                return source.size();
            }

            @Override
            public int read(ByteBuffer into, long position) throws IOException {
                return source.read(into, position);
            }

            @Override
            public long zerosUntil(long position) throws IOException {
                return Math.max(Base.this.zerosUntil(position), source.zerosUntil(position));
            }
        };
    }
}
