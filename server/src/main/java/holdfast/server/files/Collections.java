package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.volume.VolumeReader;
import holdfast.server.volume.VolumeReader.ReplacedVersion;
import holdfast.wire.log.Collect;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Source;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Collections (rules 6a and 6b). The leader gives up replaced versions that no reader holds, often
 * and a page at a time; and it logs numbered collections, rarely, because whoever sends chunks must
 * commit before the second one. By these a member removes, by its own copy of the state, the chunks
 * that nothing names and that were last pushed two collections before.
 *
 * <p>A member that has just started may not know yet which entries of the log name its chunks; it
 * removes nothing before all of them are applied.
 */
final class Collections {
    private static final Logger LOG = LoggerFactory.getLogger(Collections.class);
    private static final int PAGE = 1_000;
    private static final int CHUNKS_MAX = 50_000;

    private final VolumeReader reader;
    private final Changes changes;
    private final ChunkStore chunks;
    private final Holds holds;
    private final Pushed pushed;
    private final Ticker ticker;
    private volatile long ledSinceNanos;
    private final BooleanSupplier caughtUp;
    private long removedUpTo;

    Collections(
            VolumeReader reader,
            Changes changes,
            ChunkStore chunks,
            Holds holds,
            Pushed pushed,
            BooleanSupplier caughtUp,
            Ticker ticker) {
        this.reader = reader;
        this.changes = changes;
        this.chunks = chunks;
        this.holds = holds;
        this.pushed = pushed;
        this.caughtUp = caughtUp;
        this.ticker = ticker;
        this.ledSinceNanos = ticker.nanos();
        this.removedUpTo = reader.collection();
    }

    /** A takeover: what readers hold is unknown for one hold time. */
    void gained() {
        ledSinceNanos = ticker.nanos();
    }

    /**
     * Gives up replaced versions that nobody holds, a page at a time, until none is left or the
     * deadline has come. For a leader.
     */
    void giveUpVersions(Deadline deadline) {
        holds.expire();
        if (ticker.nanos() - ledSinceNanos < holds.time().toNanos()) {
            return;
        }
        ReplacedVersion last = ReplacedVersion.START;
        while (!deadline.passed()) {
            List<ReplacedVersion> page = reader.replacedVersions(last, PAGE);
            List<ReplacedVersion> given = new ArrayList<>();
            int heldChunks = 0;
            for (ReplacedVersion version : page) {
                last = version;
                if (!holds.isHeld(version.file(), version.version())) {
                    given.add(version);
                    heldChunks += version.chunks();
                }
                if (heldChunks >= CHUNKS_MAX) {
                    break;
                }
            }
            giveUp(given, deadline);
            if (page.size() < PAGE && (page.isEmpty() || last.equals(page.getLast()))) {
                return;
            }
        }
    }

    private void giveUp(List<ReplacedVersion> given, Deadline deadline) {
        if (given.isEmpty()) {
            return;
        }
        Collect.Builder collect = Collect.newBuilder();
        for (ReplacedVersion version : given) {
            collect.addVersions(
                    Source.newBuilder().setFile(version.file()).setDataVersion(version.version()));
        }
        var unused = changes.quietlyOwn(VolumeCommand.newBuilder().setCollect(collect), deadline);
    }

    /** Logs the next collection: what was sent two before and is named by nothing may go. */
    void collect(Deadline deadline) {
        long next = reader.collection() + 1;
        Collect.Builder collect = Collect.newBuilder().setNumber(next);
        var unused = changes.quietlyOwn(VolumeCommand.newBuilder().setCollect(collect), deadline);
        pushed.expire(next - 1);
    }

    /** Removes what the collections logged so far let go. For each member; one call at a time. */
    void remove() {
        long number = reader.collection();
        if (number <= removedUpTo || !caughtUp.getAsBoolean()) {
            return;
        }
        long freed = chunks.collect(
                number, hash -> reader.chunkNamed(ByteString.copyFrom(hash.bytes())));
        removedUpTo = number;
        if (freed > 0) {
            LOG.info("collection {} freed {} bytes", number, freed);
        }
    }
}
