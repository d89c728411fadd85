package holdfast.client.cache;

import holdfast.model.chunk.ChunkFound;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Chunker;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Bulk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * A local file on its way to a server. It is cut and hashed when its contents are first asked for;
 * what is found can be sent meanwhile. The file must not change until this is closed; should it
 * nevertheless, the server finds that the hashes are wrong. Used by one thread, but
 * {@link #bytesOf} by any.
 */
public final class Outgoing implements AutoCloseable {
    private final Path file;
    private final LocalSource source;
    private final Cut cut;
    private final Runnable onClose;
    private final Map<ChunkHash, Place> places = new ConcurrentHashMap<>();
    private @Nullable Contents contents;

    /** Cuts the file. */
    @FunctionalInterface
    interface Cut {
        Contents run(LocalSource source, ChunkFound found) throws IOException;
    }

    private record Place(long position, long length) {}

    Outgoing(Path file, LocalSource source, Cut cut, Runnable onClose) {
        this.file = file;
        this.source = source;
        this.cut = cut;
        this.onClose = onClose;
    }

    /** A local file that is to be stored as it is. */
    public static Outgoing of(Path file) {
        LocalSource source = Failures.translating(file, () -> LocalSource.open(file));
        return new Outgoing(file, source, Chunker::cut, () -> {});
    }

    /** Bytes. */
    public long size() {
        return source.size();
    }

    /** What is to be stored. */
    public Contents contents() {
        return contents(chunk -> {});
    }

    /**
     * What is to be stored; {@code found} is told of its chunks as soon as they are known, equal
     * ones once or more. What {@code found} throws ends the cutting.
     */
    public Contents contents(Consumer<Piece.Chunk> found) {
        Contents known = contents;
        if (known == null) {
            known = Failures.translating(
                    file,
                    () -> cut.run(source, (chunk, position) -> {
                        place(chunk, position);
                        found.accept(chunk);
                    }));
            contents = known;
            if (known instanceof Manifest manifest) {
                place(manifest);
            }
        } else if (known instanceof Manifest manifest) {
            manifest.chunks().forEach(found);
        }
        return known;
    }

    private void place(Manifest manifest) {
        long position = 0;
        for (Piece piece : manifest.pieces()) {
            if (piece instanceof Piece.Chunk chunk) {
                place(chunk, position);
            }
            position += piece.length();
        }
    }

    private void place(Piece.Chunk chunk, long position) {
        places.putIfAbsent(chunk.hash(), new Place(position, chunk.length()));
    }

    /** The bytes of these chunks of the contents, one after the other. */
    public Bulk.Source bytesOf(List<Piece.Chunk> chunks) {
        List<Place> asked = new ArrayList<>(chunks.size());
        for (Piece.Chunk chunk : chunks) {
            Place place = places.get(chunk.hash());
            if (place == null) {
                throw new IllegalArgumentException("not a chunk of these contents: " + chunk);
            }
            asked.add(place);
        }
        return new FileBytes(source.channel(), asked);
    }

    private record FileBytes(FileChannel file, List<Place> places) implements Bulk.Source {
        @Override
        public long length() {
            return places.stream().mapToLong(Place::length).sum();
        }

        @Override
        public void writeTo(WritableByteChannel out) throws IOException {
            for (Place place : places) {
                Bulk.send(file, place.position, place.length, out);
            }
        }
    }

    @Override
    public void close() {
        try {
            source.close();
        } catch (IOException e) {
            throw FailureException.of(FailureCode.LOCAL_IO, "a local file can't be closed");
        } finally {
            onClose.run();
        }
    }
}
