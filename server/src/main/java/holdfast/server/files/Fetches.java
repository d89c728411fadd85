package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FetchReply;
import holdfast.wire.proto.GetManifest;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Piece;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Service.Reply;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Contents on their way out, always of one named version (rule 7). A version that is kept inside
 * the namespace shows as one piece.
 */
final class Fetches {
    private final VolumeReader reader;
    private final ChunkStore chunks;
    private final Holds holds;

    Fetches(VolumeReader reader, ChunkStore chunks, Holds holds) {
        this.reader = reader;
        this.chunks = chunks;
        this.holds = holds;
    }

    Manifest manifest(Asked<GetManifest> asked) {
        GetManifest get = asked.request();
        return manifest(contents(get.getFile(), get.getDataVersion(), asked.caller()));
    }

    private Contents contents(long file, long version, Caller caller) {
        Contents contents = reader.contents(file, version, caller);
        if (!contents.hasManifest()) {
            return contents;
        }
        holds.hold(file, version);
        // Read again: what a collection gave up between is STALE now, and what is left is held.
        return reader.contents(file, version, caller);
    }

    private static Manifest manifest(Contents contents) {
        if (contents.hasManifest()) {
            return contents.getManifest();
        }
        ByteString bytes = contents.getInline();
        if (bytes.isEmpty()) {
            return Manifest.getDefaultInstance();
        }
        ChunkHash hash = ChunkHash.ofContents(bytes.toByteArray());
        return Manifest.newBuilder()
                .addPieces(Piece.newBuilder()
                        .setLength(bytes.size())
                        .setHash(ByteString.copyFrom(hash.bytes())))
                .build();
    }

    Reply<FetchReply> fetch(Asked<Fetch> asked) {
        Fetch fetch = asked.request();
        Contents contents = contents(fetch.getFile(), fetch.getDataVersion(), asked.caller());
        boolean chunked = contents.hasManifest();
        int pieces = chunked
                ? contents.getManifest().getPiecesCount()
                : contents.getInline().isEmpty() ? 0 : 1;
        long end =
                Integer.toUnsignedLong(fetch.getFirst()) + Integer.toUnsignedLong(fetch.getCount());
        if (end > pieces) {
            throw FailureException.of(
                    FailureCode.INVALID, "the version has " + pieces + " pieces, not " + end);
        }
        Bulk.Source bulk = chunked
                ? chunks(
                        contents.getManifest().getPiecesList().subList(fetch.getFirst(), (int) end))
                : fetch.getCount() == 0
                        ? Bulk.Source.NONE
                        : Bulk.ofBytes(contents.getInline().asReadOnlyByteBuffer());
        return new Reply<>(FetchReply.newBuilder().setBytes(bulk.length()).build(), bulk);
    }

    private Bulk.Source chunks(List<Piece> pieces) {
        List<ChunkHash> hashes = new ArrayList<>(pieces.size());
        long length = 0;
        for (Piece piece : pieces) {
            if (!piece.getHash().isEmpty()) {
                ChunkHash hash = ChunkHash.of(piece.getHash().toByteArray());
                requireHere(hash);
                hashes.add(hash);
                length += piece.getLength();
            }
        }
        return new Chunks(hashes, length);
    }

    private void requireHere(ChunkHash hash) {
        if (!chunks.obtain(hash)) {
            throw FailureException.of(
                    FailureCode.DAMAGED,
                    "the file server has lost chunk " + hash
                            + " of it; store the file again, from a copy");
        }
    }

    /** Chunks one after the other, opened when they are sent. */
    private final class Chunks implements Bulk.Source {
        private final List<ChunkHash> hashes;
        private final long length;

        Chunks(List<ChunkHash> hashes, long length) {
            this.hashes = hashes;
            this.length = length;
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public void writeTo(WritableByteChannel out) throws IOException {
            try (ChunkStore.OpenChunks open = chunks.open(hashes)) {
                if (open.length() != length) {
                    throw new IOException("chunks of " + open.length() + " bytes, not " + length);
                }
                open.writeTo(out);
            } catch (FailureException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
