package holdfast.server.chunk;

import holdfast.server.chunk.ChunkStore.OpenChunks;
import holdfast.wire.transport.Bulk;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/** Chunks' files, opened together and sent one after the other. */
final class OpenChunkFiles implements OpenChunks {
    private static final Logger LOG = LoggerFactory.getLogger(OpenChunkFiles.class);

    private record Part(FileChannel file, long size) {}

    private final List<Part> parts = new ArrayList<>();
    private long length;

    void add(FileChannel file) throws IOException {
        Part part = new Part(file, file.size());
        parts.add(part);
        length += part.size;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void writeTo(WritableByteChannel out) throws IOException {
        try {
            for (Part part : parts) {
                Bulk.send(part.file, 0, part.size, out);
            }
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        for (Part part : parts) {
            try {
                part.file.close();
            } catch (IOException e) {
                LOG.debug("a file that was only read did not close", e);
            }
        }
    }
}
