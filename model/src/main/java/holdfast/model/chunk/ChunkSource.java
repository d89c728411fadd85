package holdfast.model.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes that are to be cut. Used by one thread at a time; they must not change meanwhile. */
public interface ChunkSource {
    /** How many bytes. */
    long size() throws IOException;

    /**
     * Fills {@code into} from {@code position} on, as far as there are bytes; returns how many were
     * read.
     */
    int read(ByteBuffer into, long position) throws IOException;

    /**
     * The end of the zeros that start at {@code position} and are known without reading them, as in
     * a sparse file; {@code position} itself when none are known.
     */
    default long zerosUntil(long position) throws IOException {
        return position;
    }
}
