package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.volume.MilestoneVolume;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.proto.BadChunk;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.VerifyVolume;
import holdfast.wire.proto.VerifyVolumeReply;
import holdfast.wire.proto.VnodeDigest;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * This member's part in comparing a volume: digests of its rows at a milestone, in buckets, and
 * whether the chunks that they name are here and whole. Runs on one thread; the others see how far
 * it is.
 */
final class Verification implements Runnable {
    private static final int BUCKETS = 256;
    private static final int BAD_MAX = 1_000;
    private static final int VNODES_MAX = 4_096;

    /** Chunks beyond these are looked at again in each version that has them. */
    private static final int SEEN_MAX = 2_000_000;

    private final VerifyVolume asked;
    private final MilestoneVolume volume;
    private final ChunkStore chunks;
    private final VolumeReader reader;
    private final Ticker ticker;
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final Set<ByteString> seen = new HashSet<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final VerifyVolumeReply.Builder told = VerifyVolumeReply.newBuilder();
    private long begunNanos;

    Verification(
            VerifyVolume asked,
            MilestoneVolume volume,
            ChunkStore chunks,
            VolumeReader reader,
            Ticker ticker) {
        this.asked = asked;
        this.volume = volume;
        this.chunks = chunks;
        this.reader = reader;
        this.ticker = ticker;
    }

    /** How far it is, or what came of it. */
    VerifyVolumeReply progress() {
        lock.lock();
        try {
            return told.build();
        } finally {
            lock.unlock();
        }
    }

    void cancel() {
        cancelled.countDown();
    }

    private void tell(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void run() {
        try {
            if (asked.getBucket() > 0) {
                digestVnodes(asked.getBucket() - 1);
            } else {
                digestBuckets();
                begunNanos = ticker.nanos();
                volume.manifests((file, manifest) ->
                        manifest.getPiecesList().forEach(piece -> look(file, piece)));
                namePaths();
            }
        } catch (FailureException | IllegalStateException e) {
            tell(() -> told.setFailure(String.valueOf(e.getMessage())));
        }
        tell(() -> told.setDone(true));
    }

    // Rows

    private void digestBuckets() {
        List<MessageDigest> digests = new ArrayList<>();
        for (int i = 0; i < BUCKETS; i++) {
            digests.add(sha256());
        }
        volume.rows((file, key, value) -> {
            requireWanted();
            update(digests.get(bucket(file)), key, value);
            tell(() -> told.setRows(told.getRows() + 1));
        });
        tell(() ->
                digests.forEach(digest -> told.addBuckets(ByteString.copyFrom(digest.digest()))));
    }

    private void digestVnodes(int bucket) {
        Map<Long, MessageDigest> digests = new TreeMap<>();
        volume.rows((file, key, value) -> {
            requireWanted();
            if (bucket(file) == bucket
                    && (digests.containsKey(file) || digests.size() < VNODES_MAX)) {
                update(digests.computeIfAbsent(file, f -> sha256()), key, value);
            }
        });
        Map<Long, String> paths = volume.paths(digests.keySet());
        tell(() -> digests.forEach((file, digest) -> told.addVnodes(VnodeDigest.newBuilder()
                .setFile(file)
                .setDigest(ByteString.copyFrom(digest.digest()))
                .setPath(paths.getOrDefault(file, "")))));
    }

    private static int bucket(long file) {
        return (int) (new FileId(file).vnode() % BUCKETS);
    }

    private static void update(MessageDigest digest, ByteString key, ByteString value) {
        ByteBuffer lengths = ByteBuffer.allocate(2 * Integer.BYTES);
        lengths.putInt(key.size()).putInt(value.size());
        digest.update(lengths.flip());
        digest.update(key.asReadOnlyByteBuffer());
        digest.update(value.asReadOnlyByteBuffer());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void requireWanted() {
        if (cancelled.getCount() == 0) {
            throw new IllegalStateException("nobody asked for it any more");
        }
    }

    // Chunks

    private void look(long file, Piece piece) {
        ByteString hash = piece.getHash();
        if (hash.isEmpty() || !(seen.size() >= SEEN_MAX || seen.add(hash))) {
            return;
        }
        requireWanted();
        try {
            chunks.verifyOwn(ChunkHash.of(hash.toByteArray()));
        } catch (FailureException e) {
            // It may have been given up since the milestone.
            if (e.code() != FailureCode.LACKS_CHUNKS || reader.chunkNamed(hash)) {
                bad(file, hash, e);
            }
        }
        tell(() ->
                told.setChunks(told.getChunks() + 1).setBytes(told.getBytes() + piece.getLength()));
        keepToTheRate();
    }

    private void bad(long file, ByteString hash, FailureException why) {
        if (why.code() != FailureCode.LACKS_CHUNKS && why.code() != FailureCode.DAMAGED) {
            throw why;
        }
        boolean damaged = why.code() == FailureCode.DAMAGED;
        boolean mended = asked.getRepair() && mended(hash);
        tell(() -> {
            told.setLacking(told.getLacking() + (damaged ? 0 : 1));
            told.setDamaged(told.getDamaged() + (damaged ? 1 : 0));
            told.setMended(told.getMended() + (mended ? 1 : 0));
            if (told.getBadCount() < BAD_MAX) {
                told.addBad(BadChunk.newBuilder()
                        .setHash(hash)
                        .setFile(file)
                        .setDamaged(damaged)
                        .setMended(mended));
            }
        });
    }

    private boolean mended(ByteString hash) {
        try {
            chunks.verify(ChunkHash.of(hash.toByteArray()));
            return true;
        } catch (FailureException e) {
            return false;
        }
    }

    private void namePaths() {
        List<Long> files =
                progress().getBadList().stream().map(BadChunk::getFile).toList();
        Map<Long, String> paths = volume.paths(files);
        tell(() -> told.getBadBuilderList()
                .forEach(bad -> bad.setPath(paths.getOrDefault(bad.getFile(), ""))));
    }

    /** Waits as long as it was too fast. */
    private void keepToTheRate() {
        long rate = asked.getBytesPerSecond();
        if (rate <= 0) {
            return;
        }
        double due = (double) told.getBytes() / rate * 1e9;
        long early = (long) due - (ticker.nanos() - begunNanos);
        try {
            if (early > 0 && cancelled.await(early, TimeUnit.NANOSECONDS)) {
                requireWanted();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
