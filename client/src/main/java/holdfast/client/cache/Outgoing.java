package holdfast.client.cache;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Chunker;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Inline;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Bulk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A local file, cut and hashed, on its way to a server. The file must not change until this is
 * closed; should it nevertheless, the server finds that the hashes are wrong. For one thread.
 */
public final class Outgoing implements AutoCloseable {
    private final LocalSource source;
    private final Contents contents;
    private final Map<ChunkHash, Place> places = new LinkedHashMap<>();
    private final List<Piece.Chunk> newChunks = new ArrayList<>();
    private final Runnable onClose;

    private record Place(Piece.Chunk chunk, long position) {}

    Outgoing(LocalSource source, Contents contents, Optional<Manifest> base, Runnable onClose) {
        this.source = source;
        this.contents = contents;
        this.onClose = onClose;
        switch (contents) {
            case Inline _ -> {}
            case Manifest manifest -> place(manifest, known(base));
        }
    }

    private static Set<ChunkHash> known(Optional<Manifest> base) {
        Set<ChunkHash> known = new HashSet<>();
        for (Piece piece : base.map(Manifest::pieces).orElse(List.of())) {
            if (piece instanceof Piece.Chunk chunk) {
                known.add(chunk.hash());
            }
        }
        return known;
    }

    private void place(Manifest manifest, Set<ChunkHash> known) {
        long position = 0;
        for (Piece piece : manifest.pieces()) {
            if (piece instanceof Piece.Chunk chunk
                    && places.putIfAbsent(chunk.hash(), new Place(chunk, position)) == null
                    && !known.contains(chunk.hash())) {
                newChunks.add(chunk);
            }
            position += piece.length();
        }
    }

    /** Cuts a local file that is to be stored as it is. */
    public static Outgoing of(Path file) {
        return Failures.translating(file, () -> {
            LocalSource source = LocalSource.open(file);
            boolean cut = false;
            try {
                Contents contents = Chunker.cut(source);
                cut = true;
                return new Outgoing(source, contents, Optional.empty(), () -> {});
            } finally {
                if (!cut) {
                    source.close();
                }
            }
        });
    }

    /** What is to be stored. */
    public Contents contents() {
        return contents;
    }

    /** Bytes. */
    public long size() {
        return contents.size();
    }

    /** The chunks that the base does not have, each once, in the order of the file. */
    public List<Piece.Chunk> newChunks() {
        return List.copyOf(newChunks);
    }

    /** The chunk with this hash, for a server that lacks it. */
    public Optional<Piece.Chunk> chunk(ChunkHash hash) {
        return Optional.ofNullable(places.get(hash)).map(Place::chunk);
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
            return places.stream().mapToLong(place -> place.chunk.length()).sum();
        }

        @Override
        public void writeTo(WritableByteChannel out) throws IOException {
            for (Place place : places) {
                Bulk.send(file, place.position, place.chunk.length(), out);
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
