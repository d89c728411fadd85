package holdfast.server.chunk;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.Peers.Peer;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.BringChunk;
import holdfast.wire.proto.CopyChunks;
import holdfast.wire.proto.KeepChunks;
import holdfast.wire.proto.KeptChunks;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Chunks to and from other members. */
final class PeerCalls {
    static final int PAGE = 1_024;
    private static final long COPIED_BYTES = 16L << 20;
    private static final Duration CALL_MAX = Duration.ofSeconds(60);

    private final ChunkStore own;
    private final Transport transport;
    private final Ticker ticker;

    PeerCalls(ChunkStore own, Transport transport, Ticker ticker) {
        this.own = own;
        this.transport = transport;
        this.ticker = ticker;
    }

    /** Returns when {@code peer} has these chunks of ours on its disk. */
    void replicate(Peer peer, Collection<ChunkHash> hashes, long collection) {
        List<ChunkHash> all = List.copyOf(hashes);
        for (int from = 0; from < all.size(); from += PAGE) {
            List<ChunkHash> page = all.subList(from, Math.min(from + PAGE, all.size()));
            List<ChunkHash> lacking = keep(peer, page, collection);
            if (!lacking.isEmpty()) {
                copy(peer, lacking, collection);
                requireKept(peer, keep(peer, page, collection));
            }
        }
    }

    private static void requireKept(Peer peer, List<ChunkHash> lacking) {
        if (!lacking.isEmpty()) {
            throw new IllegalStateException("the file server at " + peer.address() + " took chunk "
                    + lacking.getFirst() + " and lacks it");
        }
    }

    /** Which it lacks; the others are on its disk. */
    private List<ChunkHash> keep(Peer peer, List<ChunkHash> hashes, long collection) {
        KeepChunks.Builder keep = KeepChunks.newBuilder()
                .setTo(ByteString.copyFromUtf8(peer.id()))
                .setCollection(collection);
        hashes.forEach(hash -> keep.addHashes(ByteString.copyFrom(hash.bytes())));
        KeptChunks kept = transport
                .call(peer.address(), MemberMethods.KEEP_CHUNKS, header(), keep.build(), deadline())
                .message();
        return kept.getLackingList().stream()
                .map(hash -> ChunkHash.of(hash.toByteArray()))
                .toList();
    }

    /** Sends chunks of ours, whether or not {@code peer} lacks them; they are not synced there. */
    void copy(Peer peer, List<ChunkHash> hashes, long collection) {
        List<ChunkHash> batch = new ArrayList<>();
        long bytes = 0;
        for (ChunkHash hash : hashes) {
            batch.add(hash);
            bytes += lengthOf(hash);
            if (bytes >= COPIED_BYTES) {
                send(peer, batch, collection);
                batch.clear();
                bytes = 0;
            }
        }
        if (!batch.isEmpty()) {
            send(peer, batch, collection);
        }
    }

    private long lengthOf(ChunkHash hash) {
        try (ChunkStore.OpenChunks open = own.open(List.of(hash))) {
            return open.length();
        }
    }

    private void send(Peer peer, List<ChunkHash> hashes, long collection) {
        CopyChunks.Builder copy = CopyChunks.newBuilder()
                .setTo(ByteString.copyFromUtf8(peer.id()))
                .setCollection(collection);
        for (ChunkHash hash : hashes) {
            copy.addChunks(Piece.newBuilder()
                    .setHash(ByteString.copyFrom(hash.bytes()))
                    .setLength(lengthOf(hash)));
        }
        try (ChunkStore.OpenChunks open = own.open(hashes)) {
            Nothing unused = transport
                    .call(
                            peer.address(),
                            MemberMethods.COPY_CHUNKS,
                            header(),
                            copy.build(),
                            open,
                            Bulk.Sink.NONE,
                            deadline())
                    .message();
        }
    }

    /**
     * Takes a chunk that {@code peer} has into our own store, where it is not synced yet;
     * LACKS_CHUNKS when the peer has not got it.
     */
    void bring(Peer peer, ChunkHash hash, long collection) {
        BringChunk bring = BringChunk.newBuilder()
                .setTo(ByteString.copyFromUtf8(peer.id()))
                .setHash(ByteString.copyFrom(hash.bytes()))
                .build();
        Nothing unused = transport
                .call(
                        peer.address(),
                        MemberMethods.BRING_CHUNK,
                        header(),
                        bring,
                        Bulk.Source.NONE,
                        (in, length) -> own.put(hash, length, collection, in),
                        deadline())
                .message();
    }

    private static RequestHeader header() {
        return RequestHeader.getDefaultInstance();
    }

    /** For one call. */
    Deadline deadline() {
        return Deadline.in(CALL_MAX, ticker);
    }
}
