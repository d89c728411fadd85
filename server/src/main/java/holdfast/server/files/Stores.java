package holdfast.server.files;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.LackingChunks;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.volume.Access.Right;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.files.Changes.Preparation;
import holdfast.server.files.Pushed.Target;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.Source;
import holdfast.wire.proto.Store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a commit of contents needs before it is proposed: a lock that was granted, a base that is
 * current, and for each chunk a right to name it (rule 9). Chunks that came for it are made durable
 * in one go, then the commit is told under which collection they count as sent (rule 6a).
 */
final class Stores {
    private static final int SOURCES_MAX = 1_024;
    private static final int LACKING_MAX = 1_024;

    private final VolumeReader reader;
    private final ChunkStore chunks;
    private final Tokens tokens;
    private final Pushed pushed;
    private final Room room;

    Stores(VolumeReader reader, ChunkStore chunks, Tokens tokens, Pushed pushed, Room room) {
        this.reader = reader;
        this.chunks = chunks;
        this.tokens = tokens;
        this.pushed = pushed;
        this.room = room;
    }

    /** What a store of {@code caller}'s checks and brings. */
    Preparation store(Caller caller) {
        return new Preparation() {
            @Override
            public VolumeCommand prepare(VolumeCommand change) {
                return prepareStore(change, caller);
            }

            @Override
            public boolean isNearlyCertain() {
                return true;
            }
        };
    }

    private VolumeCommand prepareStore(VolumeCommand change, Caller caller) {
        Store store = change.getStore();
        tokens.requireCurrent(store.getToken(), store.getFile());
        requireStorable(store, caller);
        if (!store.getContents().hasManifest()) {
            if (!store.getContents().getInline().isEmpty()) {
                room.requireSome();
            }
            return change;
        }
        Source base = Source.newBuilder()
                .setFile(store.getFile())
                .setDataVersion(store.getBaseVersion())
                .build();
        Set<Piece> own = pieces(reader.contents(base.getFile(), base.getDataVersion()));
        Target target = new Target(change.getClient(), store.getFile());
        long collection =
                bring(new Named(target, store.getContents(), own, store.getSourcesList()), caller);
        return change.toBuilder()
                .setStore(store.toBuilder().setCollection(collection))
                .build();
    }

    private void requireStorable(Store store, Caller caller) {
        Attributes file = reader.attributes(store.getFile());
        if (file.getLinks() == 0) {
            throw stale("the file was removed");
        }
        if (file.getDataVersion() != store.getBaseVersion()) {
            throw stale("based on version " + store.getBaseVersion() + ", but "
                    + file.getDataVersion() + " is current");
        }
        requireAllowed(reader.allowsStore(store.getFile(), caller), caller);
    }

    private static FailureException stale(String why) {
        return FailureException.of(FailureCode.STALE, why);
    }

    private static void requireAllowed(boolean allowed, Caller caller) {
        if (!allowed) {
            throw FailureException.of(
                    FailureCode.DENIED, "'" + caller.getUser() + "' would need write permission");
        }
    }

    /** What any other change that needs space checks. */
    Preparation growing() {
        return Preparation.of(change -> {
            room.requireSome();
            return change;
        });
    }

    /** What a file of {@code caller}'s that is made with its contents checks and brings. */
    Preparation create(Caller caller) {
        return Preparation.of(change -> {
            Create create = change.getCreate();
            if (!create.getContents().hasManifest()) {
                room.requireSome();
                return change;
            }
            requireAllowed(reader.allows(create.getParent(), caller, Right.WRITE), caller);
            Target target = new Target(change.getClient(), create.getParent());
            long collection = bring(
                    new Named(target, create.getContents(), Set.of(), create.getSourcesList()),
                    caller);
            return change.toBuilder()
                    .setCreate(create.toBuilder().setCollection(collection))
                    .build();
        });
    }

    /**
     * What contents name.
     *
     * @param own pieces of the base, which stay
     */
    private record Named(Target target, Contents contents, Set<Piece> own, List<Source> sources) {}

    /** Makes durable what was sent; returns the oldest collection under which anything was. */
    private long bring(Named named, Caller caller) {
        List<Piece> all = named.contents.getManifest().getPiecesList();
        if (all.size() > ChunkBounds.PIECES_MAX || named.sources.size() > SOURCES_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT, "a file has at most 16,384 pieces, of 1,024 sources");
        }
        long now = reader.collection();
        Set<Piece> borrowed = new HashSet<>();
        for (Source source : named.sources) {
            borrowed.addAll(lent(source, caller));
        }
        long oldest = now;
        Set<ChunkHash> fresh = new LinkedHashSet<>();
        List<ChunkHash> lacking = new ArrayList<>();
        for (Piece piece : all) {
            if (piece.getHash().isEmpty() || named.own.contains(piece)) {
                continue;
            }
            Pushes.requireChunk(piece);
            ChunkHash hash = ChunkHash.of(piece.getHash().toByteArray());
            OptionalLong under = pushed.collection(named.target, hash, piece.getLength());
            if (under.isPresent()) {
                oldest = Math.min(oldest, under.getAsLong());
                fresh.add(hash);
            } else if (borrowed.contains(piece) && chunks.touch(hash, now)) {
                // What it is borrowed from may be given up at other members meanwhile.
                fresh.add(hash);
            } else {
                lacking.add(hash);
            }
        }
        requireNone(lacking);
        sync(fresh);
        room.release(named.target);
        return oldest;
    }

    /** What is gone meanwhile, or not for the caller, lends nothing: its chunks are to be sent. */
    private Set<Piece> lent(Source source, Caller caller) {
        try {
            return pieces(reader.contents(source.getFile(), source.getDataVersion(), caller));
        } catch (FailureException e) {
            return switch (e.code()) {
                case NOT_FOUND, NOT_MINE, STALE, DENIED, INVALID -> Set.of();
                default -> throw e;
            };
        }
    }

    private void sync(Set<ChunkHash> fresh) {
        if (fresh.isEmpty()) {
            return;
        }
        try {
            chunks.sync(fresh);
        } catch (FailureException e) {
            if (e.code() == FailureCode.LACKS_CHUNKS) {
                requireNone(fresh.stream().filter(hash -> !chunks.has(hash)).toList());
            }
            throw e;
        }
    }

    private static void requireNone(List<ChunkHash> lacking) {
        if (!lacking.isEmpty()) {
            List<ChunkHash> named =
                    lacking.stream().distinct().limit(LACKING_MAX).toList();
            throw Failure.of(
                            FailureCode.LACKS_CHUNKS,
                            "the file server lacks chunk " + named.getFirst()
                                    + (named.size() > 1 ? " and others" : ""))
                    .with(new LackingChunks(named))
                    .exception();
        }
    }

    private static Set<Piece> pieces(Contents contents) {
        return new HashSet<>(contents.getManifest().getPiecesList());
    }
}
