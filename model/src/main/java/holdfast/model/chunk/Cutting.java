package holdfast.model.chunk;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * One pass over contents: reading, looking for zeros, cutting; the hashing goes on beside it. Bytes
 * flow in windows: zero windows are counted until it is clear whether they are a hole or, being too
 * few, bytes like others.
 */
final class Cutting {
    private static final byte[] ZEROS = new byte[CutPolicy.WINDOW];

    /** A place in the result: a piece that is known, or the next chunk of the hasher. */
    private static final Optional<Piece> NEXT_CHUNK = Optional.empty();

    private final ChunkSource source;
    private final long size;
    private final CutPolicy standard;
    private final Base base;
    private final ChunkHasher hasher;
    private final Gear gear;
    private final List<Optional<Piece>> pieces = new ArrayList<>();

    private CutPolicy policy;
    private long position; // what lies before it is in pieces, in the chunk begun, or in zeros
    private long chunk; // bytes of the chunk begun
    private long zeros; // behind the chunk begun
    private boolean cutHere; // the bytes just taken end a chunk
    private boolean met; // an unchanged piece of the base starts at position

    Cutting(ChunkSource source, long size, CutPolicy policy, Base base, ChunkFound found) {
        this.source = source;
        this.size = size;
        this.standard = policy;
        this.policy = policy;
        this.base = base;
        this.hasher = new ChunkHasher(found);
        this.gear = new Gear(policy.averageBits());
    }

    Manifest run() throws IOException {
        try (hasher) {
            while (position < size) {
                Optional<Piece> old = base.unchangedAt(position);
                if (old.isPresent()) {
                    add(old);
                    position += old.get().length();
                } else {
                    scan();
                }
            }
            return assemble(hasher.finish());
        }
    }

    /** Cuts from the position to the end, or to a cut at which the base goes on. */
    private void scan() throws IOException {
        met = false;
        startChunk();
        while (position < size && !met) {
            long known = knownZeros();
            if (known > position) {
                countZeros(known - position);
            } else {
                scanBlock();
            }
            letOthersRun();
        }
        if (!met) {
            endZeros();
        }
        if (!met) {
            endChunk();
        }
    }

    /** A virtual thread that only computes would keep its carrier from heartbeats and breaks. */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void letOthersRun() {
        Thread.yield();
    }

    /** The end of the whole windows that are known to be zeros without reading them. */
    private long knownZeros() throws IOException {
        if (position % CutPolicy.WINDOW != 0) {
            return position;
        }
        long end = Math.min(source.zerosUntil(position), size);
        return end == size ? end : Math.max(position, end - end % CutPolicy.WINDOW);
    }

    private void scanBlock() throws IOException {
        ChunkHasher.Block lent = hasher.block();
        byte[] block = lent.bytes;
        int inWindow = (int) (position % CutPolicy.WINDOW);
        int length = (int) Math.min(block.length - inWindow, size - position);
        Chunker.readFully(source, ByteBuffer.wrap(block, 0, length), position);
        int at = 0;
        while (at < length && !met) {
            int left = CutPolicy.WINDOW - (int) (position % CutPolicy.WINDOW);
            int end = Math.min(length, at + left);
            if (left == CutPolicy.WINDOW && isZero(block, at, end)) {
                countZeros(end - at);
                at = end;
            } else {
                endZeros();
                at = met ? at : feed(block, at, end);
            }
        }
        hasher.release(lent);
    }

    private static boolean isZero(byte[] block, int from, int to) {
        return block[from] == 0 && Arrays.equals(block, from, to, ZEROS, 0, to - from);
    }

    private void countZeros(long count) {
        zeros += count;
        position += count;
    }

    /** The zeros counted are followed by something else, or by the end. */
    private void endZeros() {
        if (zeros >= policy.holeMin()) {
            endChunk();
            add(Optional.of(new Piece.Hole(zeros)));
            zeros = 0;
            met = base.unchangedAt(position).isPresent();
            return;
        }
        long left = zeros;
        zeros = 0;
        position -= left;
        while (left > 0 && !met) {
            left -= feed(ZEROS, 0, (int) Math.min(left, ZEROS.length));
        }
    }

    /** Adds bytes to the chunk begun, ending it where there is a cut; returns where it stopped. */
    private int feed(byte[] block, int from, int to) {
        int at = from;
        while (at < to && !met) {
            int end = take(block, at, to);
            hasher.span(block, at, end);
            chunk += end - at;
            position += end - at;
            at = end;
            if (cutHere) {
                endChunk();
                met = base.unchangedAt(position).isPresent();
            }
        }
        return at;
    }

    private int take(byte[] block, int at, int to) {
        cutHere = false;
        if (chunk < policy.min()) {
            long quiet = (long) policy.min() - Gear.REACH;
            boolean blind = chunk < quiet;
            int end = (int) Math.min(to, at + (blind ? quiet : policy.min()) - chunk);
            if (!blind) {
                gear.take(block, at, end);
            }
            return end;
        }
        long room = policy.max() - chunk;
        int limit = (int) Math.min(to, at + room);
        int cut = gear.find(block, at, limit);
        cutHere = cut >= 0 || limit - at == room;
        return cut >= 0 ? cut : limit;
    }

    private void endChunk() {
        if (chunk > 0) {
            hasher.endChunk(position - zeros - chunk, chunk);
            add(NEXT_CHUNK);
        }
        startChunk();
    }

    private void startChunk() {
        chunk = 0;
        gear.restart();
        policy = pieces.size() < CutPolicy.PIECES_SOFT
                ? standard
                : standard.sparing(size - position, CutPolicy.PIECES_HARD - pieces.size());
    }

    private void add(Optional<Piece> piece) {
        if (pieces.size() >= ChunkBounds.PIECES_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT, "the file has too many stretches of data and holes");
        }
        long before = pieces.isEmpty() ? 0 : holeLength(pieces.getLast());
        long added = holeLength(piece);
        if (before > 0 && added > 0) {
            pieces.set(pieces.size() - 1, Optional.of(new Piece.Hole(before + added)));
        } else {
            pieces.add(piece);
        }
    }

    private static long holeLength(Optional<Piece> piece) {
        return piece.isPresent() && piece.get() instanceof Piece.Hole hole ? hole.length() : 0;
    }

    private Manifest assemble(List<Piece.Chunk> chunks) {
        Iterator<Piece.Chunk> next = chunks.iterator();
        return new Manifest(
                pieces.stream().map(piece -> piece.orElseGet(next::next)).toList());
    }
}
