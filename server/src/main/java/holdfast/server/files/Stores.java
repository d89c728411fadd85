package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;
import holdfast.model.lock.TokenSeal;
import holdfast.model.volume.Access.Right;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.PushChunks;
import holdfast.wire.proto.PushChunksReply;
import holdfast.wire.proto.Source;
import holdfast.wire.proto.StatfsReply;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Service.Call;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Contents on their way in: who may send them, whether there is room, which chunks a store may
 * name.
 */
final class Stores {
    private static final int CHUNKS_PER_PUSH = 1024;

    private final VolumeReader reader;
    private final ChunkStore chunks;
    private final Supplier<Optional<TokenSeal>> seal;
    private final Pushed pushed;

    Stores(
            VolumeReader reader,
            ChunkStore chunks,
            Supplier<Optional<TokenSeal>> seal,
            Pushed pushed) {
        this.reader = reader;
        this.chunks = chunks;
        this.seal = seal;
        this.pushed = pushed;
    }

    /** FENCED unless this token was granted by the cell's locking service (rule 4a). */
    void requireSealed(Token token, long file) {
        TokenSeal key = seal.get()
                .orElseThrow(() -> FailureException.of(
                        FailureCode.UNAVAILABLE,
                        "the file server has not reached its directory server yet"));
        boolean granted = token.getFile() == file
                && token.getMode() != LockMode.LOCK_MODE_NONE
                && token.getMode() != LockMode.UNRECOGNIZED
                && token.getEpoch() > 0
                && token.getNumber() >= 0
                && key.matches(
                        token.getSeal().toByteArray(),
                        file,
                        token.getSession(),
                        token.getMode() == LockMode.EXCLUSIVE ? Mode.EXCLUSIVE : Mode.SHARED,
                        new FencingToken(token.getEpoch(), token.getNumber()));
        if (!granted) {
            throw FailureException.of(
                    FailureCode.FENCED, "the store shows no lock that was granted for this file");
        }
    }

    /** Takes chunks; everything is checked before the first byte is read (rule 6d). */
    PushChunksReply push(Call<PushChunks> call) {
        PushChunks push = call.request();
        Caller caller = call.header().getCaller();
        long client = call.header().getClient();
        if (push.hasToken()) {
            requireSealed(push.getToken(), push.getFile());
            require(reader.allowsStore(push.getFile(), caller));
        } else {
            require(reader.allows(push.getFile(), caller, Right.WRITE));
        }
        requireRoom(push);
        long sum = 0;
        for (Piece piece : push.getChunksList()) {
            requireChunk(piece);
            sum += piece.getLength();
        }
        if (push.getChunksCount() > CHUNKS_PER_PUSH || sum != call.bulkLength()) {
            throw FailureException.of(
                    FailureCode.INVALID, "the chunks sent are not those announced");
        }
        long collection = reader.collection();
        if (sum > 0) {
            call.bulk().readTo((in, length) -> {
                for (Piece piece : push.getChunksList()) {
                    ChunkHash hash = hash(piece);
                    chunks.put(hash, piece.getLength(), collection, in);
                    pushed.note(client, hash, piece.getLength());
                }
            });
        }
        return PushChunksReply.newBuilder().setCollection(collection).build();
    }

    private static void require(boolean allowed) {
        if (!allowed) {
            throw FailureException.of(FailureCode.DENIED, "no permission to write");
        }
    }

    private void requireRoom(PushChunks push) {
        if (push.getSize() < 0
                || push.getSize() > ChunkBounds.FILE_BYTES_MAX
                || push.getNewBytes() < 0) {
            throw FailureException.of(
                    FailureCode.LIMIT, "a file of " + push.getSize() + " bytes is too large");
        }
        if (push.getNewBytes() > chunks.freeBytes()) {
            throw FailureException.of(FailureCode.NO_SPACE, "the file server's disk is full");
        }
        StatfsReply volume = reader.statfs(new FileId(push.getFile()).volume());
        if (volume.getQuotaBytes() > 0 && push.getNewBytes() > volume.getQuotaBytes()) {
            throw FailureException.of(FailureCode.QUOTA_EXCEEDED, "the volume's quota is smaller");
        }
    }

    private static void requireChunk(Piece piece) {
        if (piece.getHash().size() != ChunkHash.BYTES
                || piece.getLength() < 1
                || piece.getLength() > ChunkBounds.CHUNK_BYTES_MAX) {
            throw FailureException.of(FailureCode.INVALID, "not a chunk");
        }
    }

    private static ChunkHash hash(Piece piece) {
        return ChunkHash.of(piece.getHash().toByteArray());
    }

    /** Makes durable what a store to an existing file names, after checking that it may name it. */
    void prepare(Store store, long client, Caller caller) {
        requireSealed(store.getToken(), store.getFile());
        Source base = Source.newBuilder()
                .setFile(store.getFile())
                .setDataVersion(store.getBaseVersion())
                .build();
        prepare(store.getContents(), client, caller, Optional.of(base), store.getSourcesList());
    }

    /** The same for a file that is made. */
    void prepare(
            Contents contents,
            long client,
            Caller caller,
            Optional<Source> base,
            List<Source> sources) {
        if (!contents.hasManifest()) {
            return;
        }
        Set<ChunkHash> fresh = new HashSet<>();
        Set<Piece> known = new HashSet<>();
        base.ifPresent(source ->
                known.addAll(pieces(reader.contents(source.getFile(), source.getDataVersion()))));
        for (Source source : sources) {
            known.addAll(
                    pieces(reader.contents(source.getFile(), source.getDataVersion(), caller)));
        }
        for (Piece piece : contents.getManifest().getPiecesList()) {
            if (piece.getHash().isEmpty() || known.contains(piece)) {
                continue;
            }
            requireChunk(piece);
            ChunkHash hash = hash(piece);
            if (!pushed.has(client, hash, piece.getLength())) {
                throw FailureException.of(
                        FailureCode.LACKS_CHUNKS, "chunk " + hash + " was not sent");
            }
            fresh.add(hash);
        }
        chunks.sync(fresh);
    }

    private static List<Piece> pieces(Contents contents) {
        return contents.getManifest().getPiecesList();
    }

    /** Whether a version that is kept needs this chunk. */
    boolean named(ChunkHash hash) {
        return reader.chunkNamed(ByteString.copyFrom(hash.bytes()));
    }
}
