package holdfast.model.chunk;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The name of a chunk: the SHA-256 of its bytes. */
public final class ChunkHash implements Comparable<ChunkHash> {
    /** Bytes of a hash. */
    public static final int BYTES = 32;

    private final byte[] bytes;

    private ChunkHash(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The hash with these {@link #BYTES} bytes. */
    public static ChunkHash of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a hash has 32 bytes, this one " + bytes.length);
        }
        return new ChunkHash(bytes.clone());
    }

    /** The hash of {@code contents}. */
    public static ChunkHash ofContents(byte[] contents) {
        return new ChunkHash(digest().digest(contents));
    }

    /** A digest whose result names a chunk. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** A copy of its bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** 64 hexadecimal digits: also the chunk's name as a local file. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public int compareTo(ChunkHash other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChunkHash hash && Arrays.equals(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return hex().substring(0, 12);
    }
}
