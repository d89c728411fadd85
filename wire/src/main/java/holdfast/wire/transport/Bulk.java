package holdfast.wire.transport;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Raw bytes behind a message. */
public final class Bulk {
    private Bulk() {}

    /** Bytes to send. File contents are sent with {@code FileChannel.transferTo}. */
    public interface Source {
        /** No bytes. */
        Source NONE = new Source() {
            @Override
            public long length() {
                return 0;
            }

            @Override
            public void writeTo(WritableByteChannel out) {}
        };

        /** Exactly how many bytes {@link #writeTo} writes. */
        long length();

        /** Writes them all; called once. */
        void writeTo(WritableByteChannel out) throws IOException;
    }

    /** Takes bytes that arrive. */
    @FunctionalInterface
    public interface Sink {
        /** Refuses any byte. */
        Sink NONE = (in, length) -> {
            throw new IOException("unexpected bulk of " + length + " bytes");
        };

        /** Reads exactly {@code length} bytes from {@code in}; called only when there are any. */
        void readFrom(ReadableByteChannel in, long length) throws IOException;
    }
}
