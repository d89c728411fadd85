package holdfast.client.cache;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Bulk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Takes the bytes of consecutive pieces, checks each chunk's hash and writes them to their places.
 * For one thread.
 */
final class PieceSink implements Bulk.Sink {
    private final List<Piece> pieces;
    private final FileChannel file;
    private final IntConsumer came;
    private final MessageDigest digest = ChunkHash.digest();
    private long position;
    private int done;
    private boolean damaged;
    private @Nullable IOException local;

    /** @param came told how many of the pieces are in their places */
    PieceSink(List<Piece> pieces, long position, FileChannel file, IntConsumer came) {
        this.pieces = pieces;
        this.came = came;
        this.position = position;
        this.file = file;
        skipHoles();
    }

    /** How many of the pieces are right and written. */
    int done() {
        return done;
    }

    /** Whether bytes came whose hash or number was wrong. */
    boolean damaged() {
        return damaged;
    }

    /** Throws what the local disk said, when it was that which ended the fetch. */
    void rethrowLocal() throws IOException {
        if (local != null) {
            throw local;
        }
    }

    @Override
    public void readFrom(ReadableByteChannel in, long length) throws IOException {
        long expected = pieces.stream().mapToLong(Piece::storedBytes).sum();
        if (length != expected) {
            throw damage("came " + length + " bytes, expected " + expected);
        }
        while (done < pieces.size()) {
            readChunk(in, (Piece.Chunk) pieces.get(done));
            done++;
            skipHoles();
            came.accept(done);
        }
    }

    private void skipHoles() {
        while (done < pieces.size() && pieces.get(done) instanceof Piece.Hole hole) {
            position += hole.length();
            done++;
        }
    }

    private void readChunk(ReadableByteChannel in, Piece.Chunk chunk) throws IOException {
        Bulk.receive(in, chunk.length(), this::take);
        if (!ChunkHash.of(digest.digest()).equals(chunk.hash())) {
            throw damage("the bytes of chunk " + chunk.hash() + " have another hash");
        }
    }

    private void take(ByteBuffer bytes) throws IOException {
        digest.update(bytes.duplicate());
        int length = bytes.remaining();
        write(bytes, position);
        position += length;
        Verifier.letOthersRun();
    }

    private void write(ByteBuffer bytes, long at) throws IOException {
        try {
            long to = at;
            while (bytes.hasRemaining()) {
                to += file.write(bytes, to);
            }
        } catch (IOException e) {
            local = e;
            throw e;
        }
    }

    private FailureException damage(String what) {
        damaged = true;
        return FailureException.of(FailureCode.DAMAGED, what);
    }
}
