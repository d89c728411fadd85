package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Manifest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

/**
 * A manifest with the pieces that are present in some local file.
 *
 * @param present by the pieces' numbers; holes are always present. Owned by this map
 */
record PieceMap(Manifest manifest, BitSet present) {
    private static final int MANIFEST_MAGIC = 0x4846_4d31; // "HFM1"
    private static final int MAP_MAGIC = 0x4846_5031; // "HFP1"

    /** No piece is present, but the holes. */
    static PieceMap none(Manifest manifest) {
        return new PieceMap(manifest, new BitSet(manifest.pieces().size()));
    }

    /** All pieces are present. */
    static PieceMap all(Manifest manifest) {
        PieceMap map = none(manifest);
        map.present.set(0, manifest.pieces().size());
        return map;
    }

    boolean whole() {
        return missingFrom(0) == manifest.pieces().size();
    }

    /**
     * The first piece at or after {@code number} whose bytes are missing; the number of pieces when
     * none is.
     */
    int missingFrom(int number) {
        int at = number;
        while (at < manifest.pieces().size()
                && (present.get(at) || manifest.pieces().get(at).storedBytes() == 0)) {
            at++;
        }
        return at;
    }

    /** Bytes of the pieces that are present. */
    long presentBytes() {
        return present.stream()
                .mapToLong(i -> manifest.pieces().get(i).storedBytes())
                .sum();
    }

    byte[] pack() throws IOException {
        return Packing.pack(MAP_MAGIC, out -> {
            Packing.writeManifest(out, manifest);
            byte[] bits = present.toByteArray();
            out.writeInt(bits.length);
            out.write(bits);
        });
    }

    /** The map in {@code file}, when it is there, undamaged and about {@code id}. */
    static Optional<PieceMap> read(Path file, ContentId id) throws IOException {
        return bytes(file)
                .flatMap(bytes -> Packing.unpack(MAP_MAGIC, bytes, in -> {
                    Manifest manifest = Packing.readManifest(in);
                    byte[] bits = in.readNBytes(in.readInt());
                    return new PieceMap(manifest, BitSet.valueOf(bits));
                }))
                .filter(map -> map.manifest.id().equals(id));
    }

    static byte[] packManifest(Manifest manifest) throws IOException {
        return Packing.pack(MANIFEST_MAGIC, out -> Packing.writeManifest(out, manifest));
    }

    /** The manifest in {@code file}, when it is there, undamaged and that of {@code id}. */
    static Optional<Manifest> readManifest(Path file, ContentId id) throws IOException {
        return bytes(file)
                .flatMap(bytes -> Packing.unpack(MANIFEST_MAGIC, bytes, Packing::readManifest))
                .filter(manifest -> manifest.id().equals(id));
    }

    private static Optional<byte[]> bytes(Path file) throws IOException {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
