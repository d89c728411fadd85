package holdfast.model.chunk;

import java.util.Arrays;

/** Few bytes, up to {@link ChunkBounds#INLINE_BYTES_MAX}, as they are. */
public final class Inline implements Contents {
    private final byte[] bytes;

    private Inline(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Contents with a copy of these bytes. */
    public static Inline of(byte[] bytes) {
        if (bytes.length > ChunkBounds.INLINE_BYTES_MAX) {
            throw new IllegalArgumentException("inline contents of " + bytes.length + " bytes");
        }
        return new Inline(bytes.clone());
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public long storedBytes() {
        return bytes.length;
    }

    @Override
    public ContentId id() {
        return ContentId.ofInline(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Inline inline && Arrays.equals(bytes, inline.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes inline";
    }
}
