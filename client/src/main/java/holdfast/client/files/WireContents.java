package holdfast.client.files;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Inline;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.util.ArrayList;
import java.util.List;

/** Between contents as the model knows them and as they travel. */
final class WireContents {
    private WireContents() {}

    static holdfast.wire.proto.Contents encode(Contents contents) {
        holdfast.wire.proto.Contents.Builder message = holdfast.wire.proto.Contents.newBuilder();
        switch (contents) {
            case Inline inline ->
                message.setInline(UnsafeByteOperations.unsafeWrap(inline.bytes()));
            case Manifest manifest -> message.setManifest(encode(manifest));
        }
        return message.build();
    }

    private static holdfast.wire.proto.Manifest encode(Manifest manifest) {
        holdfast.wire.proto.Manifest.Builder message = holdfast.wire.proto.Manifest.newBuilder();
        manifest.pieces().forEach(piece -> message.addPieces(encode(piece)));
        return message.build();
    }

    static holdfast.wire.proto.Piece encode(Piece piece) {
        holdfast.wire.proto.Piece.Builder message =
                holdfast.wire.proto.Piece.newBuilder().setLength(piece.length());
        if (piece instanceof Piece.Chunk chunk) {
            message.setHash(UnsafeByteOperations.unsafeWrap(chunk.hash().bytes()));
        }
        return message.build();
    }

    /** DAMAGED when a server says what can't be. */
    static Contents decode(holdfast.wire.proto.Contents message) {
        try {
            return switch (message.getKindCase()) {
                case INLINE -> Inline.of(message.getInline().toByteArray());
                case MANIFEST -> decode(message.getManifest());
                case KIND_NOT_SET -> Contents.EMPTY;
            };
        } catch (IllegalArgumentException e) {
            throw FailureException.of(
                    FailureCode.DAMAGED, "a server sent impossible contents: " + e.getMessage());
        }
    }

    private static Manifest decode(holdfast.wire.proto.Manifest message) {
        List<Piece> pieces = new ArrayList<>(message.getPiecesCount());
        for (holdfast.wire.proto.Piece piece : message.getPiecesList()) {
            ByteString hash = piece.getHash();
            pieces.add(
                    hash.isEmpty()
                            ? new Piece.Hole(piece.getLength())
                            : new Piece.Chunk(ChunkHash.of(hash.toByteArray()), piece.getLength()));
        }
        return new Manifest(pieces);
    }
}
