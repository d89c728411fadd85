package holdfast.client.cache;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The small binary files of the cache: four letters that say what it is, the fields, and a CRC-32C
 * over both. A file that is torn or of another kind unpacks to nothing.
 */
final class Packing {
    private static final int FRAME_BYTES = 2 * Integer.BYTES;

    private Packing() {}

    /** Writes the fields. */
    @FunctionalInterface
    interface Fields {
        void write(DataOutputStream out) throws IOException;
    }

    /** Reads the fields. */
    @FunctionalInterface
    interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    static byte[] pack(int magic, Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(magic);
        fields.write(out);
        out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
        return bytes.toByteArray();
    }

    static <T> Optional<T> unpack(int magic, byte[] bytes, Reader<T> reader) {
        int end = bytes.length - Integer.BYTES;
        if (bytes.length < FRAME_BYTES
                || ByteBuffer.wrap(bytes).getInt() != magic
                || ByteBuffer.wrap(bytes).getInt(end) != checksum(bytes, end)) {
            return Optional.empty();
        }
        try (DataInputStream in = new DataInputStream(
                new ByteArrayInputStream(bytes, Integer.BYTES, end - Integer.BYTES))) {
            return Optional.of(reader.read(in));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    static void writeManifest(DataOutputStream out, Manifest manifest) throws IOException {
        out.writeInt(manifest.pieces().size());
        for (Piece piece : manifest.pieces()) {
            switch (piece) {
                case Piece.Chunk chunk -> {
                    out.writeLong(chunk.length());
                    out.write(chunk.hash().bytes());
                }
                case Piece.Hole hole -> out.writeLong(-hole.length());
            }
        }
    }

    static Manifest readManifest(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > ChunkBounds.PIECES_MAX) {
            throw new IOException("a manifest of " + count + " pieces");
        }
        List<Piece> pieces = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long length = in.readLong();
            pieces.add(
                    length < 0
                            ? new Piece.Hole(-length)
                            : new Piece.Chunk(
                                    ChunkHash.of(in.readNBytes(ChunkHash.BYTES)), length));
        }
        return new Manifest(pieces);
    }
}
