package holdfast.server.chunk;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.BringChunk;
import holdfast.wire.proto.CopyChunks;
import holdfast.wire.proto.KeepChunks;
import holdfast.wire.proto.KeptChunks;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What other members ask of this member's chunks. A hash is no capability (rule 9): only who knows
 * this member's id is listened to.
 */
final class ChunkCalls {
    private final ChunkStore own;
    private final Supplier<String> self;

    ChunkCalls(ChunkStore own, Supplier<String> self) {
        this.own = own;
        this.self = self;
    }

    Service service() {
        return Service.of(Role.FILES, () -> 0)
                .on(MemberMethods.KEEP_CHUNKS, this::keep)
                .on(MemberMethods.COPY_CHUNKS, this::copy)
                .on(MemberMethods.BRING_CHUNK, this::bring)
                .build();
    }

    private Reply<KeptChunks> keep(Call<KeepChunks> call) {
        KeepChunks asked = call.request();
        requireMember(asked.getTo());
        requireFew(asked.getHashesCount());
        List<ChunkHash> here = new ArrayList<>();
        KeptChunks.Builder kept = KeptChunks.newBuilder();
        for (ByteString bytes : asked.getHashesList()) {
            ChunkHash hash = hash(bytes);
            if (own.touch(hash, asked.getCollection())) {
                here.add(hash);
            } else {
                kept.addLacking(bytes);
            }
        }
        own.sync(here);
        return Reply.of(kept.build());
    }

    private Reply<Nothing> copy(Call<CopyChunks> call) {
        CopyChunks asked = call.request();
        requireMember(asked.getTo());
        requireFew(asked.getChunksCount());
        long sum = asked.getChunksList().stream().mapToLong(Piece::getLength).sum();
        if (sum != call.bulkLength()) {
            throw invalid("chunks of " + sum + " bytes are announced, and " + call.bulkLength()
                    + " bytes come");
        }
        call.bulk().readTo((in, length) -> {
            for (Piece piece : asked.getChunksList()) {
                own.put(hash(piece.getHash()), piece.getLength(), asked.getCollection(), in);
            }
        });
        return Reply.of(Nothing.getDefaultInstance());
    }

    private Reply<Nothing> bring(Call<BringChunk> call) {
        requireMember(call.request().getTo());
        ChunkHash hash = hash(call.request().getHash());
        return new Reply<>(Nothing.getDefaultInstance(), own.open(List.of(hash)));
    }

    private void requireMember(ByteString to) {
        if (self.get().isEmpty() || !to.toStringUtf8().equals(self.get())) {
            throw FailureException.of(
                    FailureCode.NOT_MINE, "this server is not the member that is meant");
        }
    }

    private static void requireFew(int count) {
        if (count > PeerCalls.PAGE) {
            throw FailureException.of(
                    FailureCode.LIMIT, "at most 1,024 chunks can be named at once");
        }
    }

    private static ChunkHash hash(ByteString bytes) {
        if (bytes.size() != ChunkHash.BYTES) {
            throw invalid("a hash has 32 bytes");
        }
        return ChunkHash.of(bytes.toByteArray());
    }

    private static FailureException invalid(String why) {
        return FailureException.of(FailureCode.INVALID, why);
    }
}
