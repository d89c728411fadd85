package holdfast.client.files;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.wire.transport.Bulk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where the bytes of chunks lie on this machine. */
@FunctionalInterface
interface ChunkBytes {
    /** No chunks. */
    ChunkBytes NONE = chunks -> {
        throw new IllegalArgumentException("no bytes of " + chunks);
    };

    /** The bytes of these chunks, one after the other. */
    Bulk.Source of(List<Piece.Chunk> chunks);

    /** Those of {@code contents}, which are {@code bytes}. */
    static ChunkBytes in(byte[] bytes, Contents contents) {
        Map<ChunkHash, Integer> positions = new HashMap<>();
        if (contents instanceof Manifest manifest) {
            int position = 0;
            for (Piece piece : manifest.pieces()) {
                if (piece instanceof Piece.Chunk chunk) {
                    positions.putIfAbsent(chunk.hash(), position);
                }
                position += (int) piece.length();
            }
        }
        return chunks -> new InMemory(bytes, positions, chunks);
    }

    /** Chunks of an array. */
    final class InMemory implements Bulk.Source {
        private final byte[] bytes;
        private final Map<ChunkHash, Integer> positions;
        private final List<Piece.Chunk> chunks;

        private InMemory(
                byte[] bytes, Map<ChunkHash, Integer> positions, List<Piece.Chunk> chunks) {
            this.bytes = bytes;
            this.positions = positions;
            this.chunks = chunks;
        }

        @Override
        public long length() {
            return chunks.stream().mapToLong(Piece.Chunk::length).sum();
        }

        @Override
        public void writeTo(WritableByteChannel out) throws IOException {
            for (Piece.Chunk chunk : chunks) {
                int position = Optional.ofNullable(positions.get(chunk.hash())).orElseThrow();
                ByteBuffer part = ByteBuffer.wrap(bytes, position, (int) chunk.length());
                while (part.hasRemaining()) {
                    out.write(part);
                }
            }
        }
    }
}
