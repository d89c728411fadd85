package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.wire.log.ContentsForm;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Piece;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Contents that keep all bounds.
 *
 * @param value the row to keep: the bytes or the manifest; empty for EMPTY
 * @param size bytes with holes
 * @param storedBytes bytes without holes
 * @param chunks the hashes that they name, each once, in the order of the manifest
 */
record NewContents(
        ContentsForm form, ByteString value, long size, long storedBytes, Set<ByteString> chunks) {
    private static final NewContents EMPTY =
            new NewContents(ContentsForm.EMPTY, ByteString.EMPTY, 0, 0, Set.of());

    /** Checks {@code contents}, which should have {@code size} bytes. */
    static NewContents of(Contents contents, long size) {
        NewContents checked = switch (contents.getKindCase()) {
            case INLINE -> inline(contents.getInline());
            case MANIFEST -> manifest(contents.getManifest());
            case KIND_NOT_SET -> EMPTY;
        };
        if (checked.size != size) {
            throw invalid("contents of " + checked.size + " bytes, declared as " + size);
        }
        return checked;
    }

    private static NewContents inline(ByteString bytes) {
        if (bytes.size() > ChunkBounds.INLINE_BYTES_MAX) {
            throw limit("contents of more than 64 KiB must be sent as chunks");
        }
        int size = bytes.size();
        return size == 0
                ? EMPTY
                : new NewContents(ContentsForm.INLINE, bytes, size, size, Set.of());
    }

    private static NewContents manifest(Manifest manifest) {
        if (manifest.getPiecesCount() > ChunkBounds.PIECES_MAX) {
            throw limit("a file has at most " + ChunkBounds.PIECES_MAX + " pieces");
        }
        long size = 0;
        long stored = 0;
        for (Piece piece : manifest.getPiecesList()) {
            check(piece);
            size += piece.getLength();
            stored += piece.getHash().isEmpty() ? 0 : piece.getLength();
            if (size > ChunkBounds.FILE_BYTES_MAX) {
                throw limit("a file has at most " + ChunkBounds.FILE_BYTES_MAX + " bytes");
            }
        }
        return size == 0
                ? EMPTY
                : new NewContents(
                        ContentsForm.CHUNKED,
                        manifest.toByteString(),
                        size,
                        stored,
                        chunks(manifest));
    }

    private static void check(Piece piece) {
        int hash = piece.getHash().size();
        long max = hash == 0 ? ChunkBounds.FILE_BYTES_MAX : ChunkBounds.CHUNK_BYTES_MAX;
        if (piece.getLength() < 1 || (hash != 0 && hash != ChunkHash.BYTES)) {
            throw invalid("a piece of a file without bytes, or with a hash of " + hash + " bytes");
        }
        if (piece.getLength() > max) {
            throw limit("a piece of a file has at most " + max + " bytes");
        }
    }

    /** The hashes in {@code manifest}, each once, in its order. */
    static Set<ByteString> chunks(Manifest manifest) {
        Set<ByteString> chunks = LinkedHashSet.newLinkedHashSet(manifest.getPiecesCount());
        for (Piece piece : manifest.getPiecesList()) {
            if (!piece.getHash().isEmpty()) {
                chunks.add(piece.getHash());
            }
        }
        return chunks;
    }

    private static Refusal invalid(String why) {
        return Refusal.of(FailureCode.INVALID, why);
    }

    private static Refusal limit(String why) {
        return Refusal.of(FailureCode.LIMIT, why);
    }
}
