package holdfast.model.chunk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The name of whole contents: a SHA-256 over their canonical manifest, or over their bytes when
 * they are inline. The two can't be confused, since each hash begins with the name of its kind. The
 * same bytes cut in another way have another name.
 */
public final class ContentId implements Comparable<ContentId> {
    /** Bytes of a name. */
    public static final int BYTES = 32;

    private static final byte[] INLINE = domain("holdfast inline contents 1");
    private static final byte[] MANIFEST = domain("holdfast manifest 1");
    private static final int PIECE_BYTES = Byte.BYTES + Long.BYTES + ChunkHash.BYTES;
    private static final byte CHUNK = 1;
    private static final byte HOLE = 2;

    private final byte[] bytes;

    private ContentId(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The name with these {@link #BYTES} bytes. */
    public static ContentId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException(
                    "a content id has 32 bytes, this one " + bytes.length);
        }
        return new ContentId(bytes.clone());
    }

    /** The name with these 64 hexadecimal digits. */
    public static ContentId ofHex(String digits) {
        return of(HexFormat.of().parseHex(digits));
    }

    static ContentId ofInline(byte[] contents) {
        MessageDigest digest = ChunkHash.digest();
        digest.update(INLINE);
        return new ContentId(digest.digest(contents));
    }

    static ContentId ofManifest(Manifest manifest) {
        MessageDigest digest = ChunkHash.digest();
        digest.update(MANIFEST);
        ByteBuffer one = ByteBuffer.allocate(PIECE_BYTES);
        for (Piece piece : manifest.pieces()) {
            one.clear();
            switch (piece) {
                case Piece.Chunk chunk ->
                    one.put(CHUNK).putLong(chunk.length()).put(chunk.hash().bytes());
                case Piece.Hole hole -> one.put(HOLE).putLong(hole.length());
            }
            digest.update(one.array(), 0, one.position());
        }
        return new ContentId(digest.digest());
    }

    private static byte[] domain(String name) {
        return (name + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** A copy of its bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** 64 hexadecimal digits. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public int compareTo(ContentId other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ContentId id && Arrays.equals(bytes, id.bytes);
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
