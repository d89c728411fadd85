package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Piece;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Compares bytes with what the log says of contents. */
final class Bytes {
    private Bytes() {}

    static boolean are(Contents contents, byte[] bytes) {
        return switch (contents.getKindCase()) {
            case INLINE -> contents.getInline().equals(ByteString.copyFrom(bytes));
            case MANIFEST -> match(contents.getManifest().getPiecesList(), bytes);
            case KIND_NOT_SET -> bytes.length == 0;
        };
    }

    private static boolean match(List<Piece> pieces, byte[] bytes) {
        int at = 0;
        for (Piece piece : pieces) {
            int end = at + (int) piece.getLength();
            if (end > bytes.length || !matches(piece, Arrays.copyOfRange(bytes, at, end))) {
                return false;
            }
            at = end;
        }
        return at == bytes.length;
    }

    private static boolean matches(Piece piece, byte[] part) {
        if (piece.getHash().isEmpty()) {
            return ByteBuffer.wrap(part).equals(ByteBuffer.allocate(part.length));
        }
        return ChunkHash.ofContents(part).equals(ChunkHash.of(piece.getHash().toByteArray()));
    }

    /** Whether the command stores just these bytes. */
    static boolean storedBy(VolumeCommand command, byte[] bytes) {
        return (command.hasStore() && are(command.getStore().getContents(), bytes))
                || (command.hasCreate() && are(command.getCreate().getContents(), bytes));
    }
}
