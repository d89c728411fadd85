package holdfast.client.cache;

import holdfast.model.chunk.ChunkSource;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A local file to be cut. Asks the file system for holes when the file takes less space than it has
 * bytes.
 */
final class LocalSource implements ChunkSource, AutoCloseable {
    private final FileChannel channel;
    private final Posix.@Nullable Descriptor holes;
    private final long size;

    private LocalSource(FileChannel channel, Posix.@Nullable Descriptor holes) throws IOException {
        this.channel = channel;
        this.holes = holes;
        this.size = channel.size();
    }

    static LocalSource open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        Posix.Descriptor descriptor = null;
        try {
            Optional<FileFacts> facts = FileFacts.of(file);
            boolean sparse = facts.map(f -> f.allocated() < f.size()).orElse(false);
            descriptor = sparse && Posix.AVAILABLE ? Posix.Descriptor.open(file, false) : null;
            return new LocalSource(channel, descriptor);
        } catch (IOException e) {
            channel.close();
            if (descriptor != null) {
                descriptor.close();
            }
            throw e;
        }
    }

    FileChannel channel() {
        return channel;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        return channel.read(into, position);
    }

    @Override
    public long zerosUntil(long position) throws IOException {
        if (holes == null) {
            return position;
        }
        OptionalLong data = holes.nextData(position);
        return data.orElse(size);
    }

    /**
     * The end of the bytes that start at {@code position}, as far as the file system knows of
     * holes.
     */
    long dataUntil(long position) throws IOException {
        return holes == null ? size : holes.nextHole(position);
    }

    @Override
    public void close() throws IOException {
        if (holes != null) {
            holes.close();
        }
        channel.close();
    }
}
