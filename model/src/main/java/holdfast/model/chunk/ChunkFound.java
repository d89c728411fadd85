package holdfast.model.chunk;

/**
 * Is told of each chunk as soon as it is hashed, in the order of the contents, so that sending can
 * begin before all is cut. Called by one thread at a time, perhaps not the one that cuts; what it
 * throws ends the cutting.
 */
@FunctionalInterface
public interface ChunkFound {
    /** Tells nobody. */
    ChunkFound UNTOLD = (chunk, position) -> {};

    /** {@code chunk} is what lies at {@code position}. */
    void found(Piece.Chunk chunk, long position);
}
