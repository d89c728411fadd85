package holdfast.model.chunk;

/**
 * Bytes {@code start} (inclusive) to {@code end} (exclusive) of a file.
 *
 * @param start at least 0
 * @param end at least {@code start}
 */
public record ByteRange(long start, long end) {
    public ByteRange {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("a range from " + start + " to " + end);
        }
    }

    /** How many bytes. */
    public long length() {
        return end - start;
    }
}
