package holdfast.client.files;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Source;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Versions of other files that bytes were copied from, whose chunks a store may name instead of
 * sending them (rule 9). Only a hint: what the server does not find there, it asks for.
 *
 * @param hashes their chunks, as far as they are known here
 */
record Borrowed(Set<Source> sources, Set<ChunkHash> hashes) {
    /** More are not told of; the server takes no more than 1,024. */
    private static final int SOURCES_MAX = 64;

    static final Borrowed NONE = new Borrowed(Set.of(), Set.of());

    Borrowed {
        sources = Set.copyOf(sources);
        hashes = Set.copyOf(hashes);
    }

    /** From one version; nothing where its pieces are not known, or ride in commits. */
    static Borrowed of(Attributes version, Optional<? extends Contents> contents) {
        if (contents.isEmpty() || !(contents.get() instanceof Manifest manifest)) {
            return NONE;
        }
        Source source = Source.newBuilder()
                .setFile(version.getFile())
                .setDataVersion(version.getDataVersion())
                .build();
        Set<ChunkHash> hashes = new HashSet<>();
        manifest.chunks().map(Piece.Chunk::hash).forEach(hashes::add);
        return new Borrowed(Set.of(source), hashes);
    }

    /** Both, or this when it would be too many. */
    Borrowed and(Borrowed other) {
        Set<Source> all = new LinkedHashSet<>(sources);
        all.addAll(other.sources);
        if (all.size() == sources.size() || all.size() > SOURCES_MAX) {
            return this;
        }
        Set<ChunkHash> chunks = new HashSet<>(hashes);
        chunks.addAll(other.hashes);
        return new Borrowed(all, chunks);
    }
}
