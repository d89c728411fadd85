package holdfast.server.files;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.volume.Access.Right;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.files.Pushed.Target;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.log.RaiseEpoch;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.PushChunks;
import holdfast.wire.proto.PushChunksReply;
import holdfast.wire.proto.StatfsReply;

import org.jspecify.annotations.Nullable;

import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Chunks on their way in, for a store to come. Who may send them, whether there is room, and what
 * was announced are judged before the first byte is read (rule 6d).
 */
final class Pushes {
    private static final int CHUNKS_MAX = 1_024;

    private final VolumeReader reader;
    private final ChunkStore chunks;
    private final Changes changes;
    private final Tokens tokens;
    private final Pushed pushed;
    private final Room room;

    Pushes(
            VolumeReader reader,
            ChunkStore chunks,
            Changes changes,
            Tokens tokens,
            Pushed pushed,
            Room room) {
        this.reader = reader;
        this.chunks = chunks;
        this.changes = changes;
        this.tokens = tokens;
        this.pushed = pushed;
        this.room = room;
    }

    PushChunksReply push(Asked<PushChunks> asked) {
        PushChunks push = asked.request();
        Target target = new Target(asked.client(), push.getFile());
        requireRegistered(asked.client());
        requireSizes(push, asked.call().bulkLength());
        long stored = requireAllowed(asked);
        requireQuota(push, stored);
        room.claim(target, push.getNewBytes());
        raiseEpoch(asked);
        long collection = reader.collection();
        AtomicReference<@Nullable FailureException> again = new AtomicReference<>();
        asked.call().bulk().readTo((in, length) -> {
            for (Piece piece : push.getChunksList()) {
                try {
                    take(piece, target, collection, in);
                } catch (FailureException e) {
                    if (e.code() != FailureCode.UNAVAILABLE) {
                        throw e;
                    }
                    again.set(e);
                }
            }
        });
        FailureException damaged = again.get();
        if (damaged != null) {
            throw damaged;
        }
        return PushChunksReply.newBuilder().setCollection(collection).build();
    }

    private void take(Piece piece, Target target, long collection, ReadableByteChannel in) {
        ChunkHash hash = ChunkHash.of(piece.getHash().toByteArray());
        chunks.put(hash, piece.getLength(), collection, in);
        pushed.note(target, hash, piece.getLength(), collection);
        room.came(target, piece.getLength());
    }

    private void requireRegistered(long client) {
        if (reader.client(client).isEmpty()) {
            throw FailureException.of(
                    FailureCode.UNKNOWN_CLIENT, "only a registered client may send chunks");
        }
    }

    private static void requireSizes(PushChunks push, long bulkLength) {
        if (push.getSize() < 0 || push.getSize() > ChunkBounds.FILE_BYTES_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT,
                    "a file has at most " + ChunkBounds.FILE_BYTES_MAX + " bytes, this one "
                            + Long.toUnsignedString(push.getSize()));
        }
        if (push.getNewBytes() < 0 || push.getNewBytes() > push.getSize()) {
            throw invalid("a file of " + push.getSize() + " bytes has not "
                    + Long.toUnsignedString(push.getNewBytes()) + " new ones");
        }
        if (push.getChunksCount() > CHUNKS_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT, "at most 1,024 chunks can be sent at once");
        }
        long sum = 0;
        for (Piece piece : push.getChunksList()) {
            requireChunk(piece);
            sum += piece.getLength();
        }
        if (sum != bulkLength || sum > push.getNewBytes()) {
            throw invalid("chunks of " + sum + " bytes are announced, of " + push.getNewBytes()
                    + " in all, and " + bulkLength + " bytes come");
        }
    }

    /** INVALID or LIMIT unless this could be a chunk. */
    static void requireChunk(Piece piece) {
        if (piece.getHash().size() != ChunkHash.BYTES || piece.getLength() < 1) {
            throw invalid("a chunk has a hash of 32 bytes and a length");
        }
        if (piece.getLength() > ChunkBounds.CHUNK_BYTES_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT,
                    "a chunk has at most " + ChunkBounds.CHUNK_BYTES_MAX + " bytes");
        }
    }

    private static FailureException invalid(String why) {
        return FailureException.of(FailureCode.INVALID, why);
    }

    /** How many bytes the file holds already; 0 for one not made yet. */
    private long requireAllowed(Asked<PushChunks> asked) {
        PushChunks push = asked.request();
        Attributes target = reader.attributes(push.getFile());
        boolean folder = target.getType() == FileType.FOLDER;
        if (folder == push.hasToken()) {
            throw invalid("chunks are sent for a file with its token, or for a folder without");
        }
        if (push.hasToken()) {
            tokens.requireCurrent(push.getToken(), push.getFile());
        }
        boolean allowed = folder
                ? reader.allows(push.getFile(), asked.caller(), Right.WRITE)
                : reader.allowsStore(push.getFile(), asked.caller());
        if (!allowed) {
            throw FailureException.of(
                    FailureCode.DENIED,
                    "'" + asked.caller().getUser() + "' would need write permission");
        }
        return folder ? 0 : target.getStoredBytes();
    }

    private void requireQuota(PushChunks push, long stored) {
        StatfsReply volume = reader.statfs(new FileId(push.getFile()).volume());
        long quota = volume.getQuotaBytes();
        if (quota > 0 && volume.getUsedBytes() - stored > quota - push.getNewBytes()) {
            throw FailureException.of(
                    FailureCode.QUOTA_EXCEEDED,
                    "the volume's quota of " + quota + " bytes has no room for "
                            + push.getNewBytes() + " more");
        }
    }

    /**
     * The sooner a new epoch of the locking service is known, the sooner old tokens are refused.
     */
    private void raiseEpoch(Asked<PushChunks> asked) {
        long epoch = asked.request().getToken().getEpoch();
        if (epoch > reader.epoch()) {
            var unused = changes.quietlyOwn(
                    VolumeCommand.newBuilder()
                            .setRaiseEpoch(RaiseEpoch.newBuilder().setEpoch(epoch)),
                    asked.deadline());
        }
    }
}
