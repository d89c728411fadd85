package holdfast.model.chunk;

/**
 * The contents of one version of a file: the bytes themselves when they are few, else a list of
 * pieces.
 */
public sealed interface Contents permits Inline, Manifest {
    /** No bytes. */
    Contents EMPTY = Inline.of(new byte[0]);

    /** Bytes, with holes. */
    long size();

    /** Bytes without holes. */
    long storedBytes();

    /** The name of exactly these contents, cut in exactly this way. */
    ContentId id();
}
