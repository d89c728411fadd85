package holdfast.wire.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Small bulk, collected into the buffer of its frame. */
final class GatheredBulk implements WritableByteChannel {
    private final ByteBuffer frame;

    private GatheredBulk(ByteBuffer frame) {
        this.frame = frame;
    }

    /** Fills {@code frame} from {@code source} up to its limit. */
    static void collect(Bulk.Source source, ByteBuffer frame) throws IOException {
        source.writeTo(new GatheredBulk(frame));
        if (frame.hasRemaining()) {
            throw new IOException("a bulk source ended " + frame.remaining() + " bytes early");
        }
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int size = bytes.remaining();
        if (size > frame.remaining()) {
            throw new IOException("a bulk source gives more bytes than it said");
        }
        frame.put(bytes);
        return size;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
