package holdfast.model.chunk;

import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Bytes in memory, read in odd portions, which counts what is read; may know its zeros, as a sparse
 * file does.
 */
final class TestSource implements ChunkSource {
    private final byte[] bytes;
    private final boolean sparse;
    private final Random random = new Random(7);
    long bytesRead;

    TestSource(byte[] bytes, boolean sparse) {
        this.bytes = bytes;
        this.sparse = sparse;
    }

    static TestSource of(byte[] bytes) {
        return new TestSource(bytes, false);
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public int read(ByteBuffer into, long position) {
        int portion = 1 + random.nextInt(300_000);
        int count = (int) Math.min(Math.min(portion, into.remaining()), bytes.length - position);
        into.put(bytes, (int) position, count);
        bytesRead += count;
        return count;
    }

    @Override
    public long zerosUntil(long position) {
        long at = position;
        while (sparse && at < bytes.length && bytes[(int) at] == 0) {
            at++;
        }
        return at - at % 4096 > position ? at - at % 4096 : position;
    }
}
