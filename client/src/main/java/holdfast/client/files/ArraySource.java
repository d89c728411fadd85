package holdfast.client.files;

import holdfast.model.chunk.ChunkSource;

import java.nio.ByteBuffer;

/** Bytes in memory that are to be cut. */
final class ArraySource implements ChunkSource {
    private final byte[] bytes;

    ArraySource(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public int read(ByteBuffer into, long position) {
        int count = (int) Math.min(into.remaining(), bytes.length - position);
        into.put(bytes, (int) position, count);
        return count;
    }
}
