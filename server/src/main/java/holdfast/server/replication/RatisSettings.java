package holdfast.server.replication;

import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What we ask of Ratis where its defaults are not ours; reasons and figures are in
 * docs/decisions/0050-members-over-our-own-wire.md. Never the unsafe flush: an entry counts as
 * written when it is synced.
 */
final class RatisSettings {
    private static final int WRITE_BUFFER_BYTES = 1 << 20;

    /** The most bytes of one log entry: the write buffer holds one with its length and checksum. */
    static final int ENTRY_BYTES_MAX = WRITE_BUFFER_BYTES - 8;

    private static final String SEGMENT_BYTES_MAX = "16MB";
    private static final String CACHED_BYTES_MAX = "16MB";
    private static final int CACHED_SEGMENTS_MAX = 2;
    private static final int CHECKPOINTS_KEPT = 2;

    private static final int CHECKPOINT_PART_BYTES_MAX = 2 << 20;

    /** This part of the entries between two checkpoints stays in the log when it is cut. */
    private static final int KEPT_FOR_OTHERS = 20;

    private RatisSettings() {}

    /**
     * For a member.
     *
     * @param others whether its groups have other members, as far as is known
     */
    static RaftProperties of(LogHost.Settings settings, boolean others) {
        RaftProperties p = new RaftProperties();
        // Nothing lies there; the real folder is set once the server is built.
        storeIn(p, settings.folder().resolve("none"));
        RaftConfigKeys.Rpc.setType(p, new MemberRpc.Type());
        timing(p, settings, others);
        log(p);
        appending(p);
        checkpoints(p, settings, others);
        return p;
    }

    static void storeIn(RaftProperties p, Path groups) {
        RaftServerConfigKeys.setStorageDir(p, List.of(groups.toFile()));
    }

    private static void timing(RaftProperties p, LogHost.Settings settings, boolean others) {
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, time(settings.electionTimeoutMin()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, time(settings.electionTimeoutMax()));
        if (others) {
            // One that lost its majority for a moment may be the only one that can lead again.
            RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, seconds(3));
        } else {
            // Nobody else can lead: stand at once.
            RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, millis(1));
            RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, millis(2));
        }
        RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(p, true);
        // A machine that slept must not end its server; a leader that slept steps down (10 s).
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(7, TimeUnit.DAYS));
        // Our requests are never repeated through Ratis: repeats are known to the state machines.
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, seconds(1));
    }

    private static void log(RaftProperties p) {
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(WRITE_BUFFER_BYTES));
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf(SEGMENT_BYTES_MAX));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, CACHED_SEGMENTS_MAX);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, SizeInBytes.valueOf(CACHED_BYTES_MAX));
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        // Entries may be large: what a checkpoint holds goes, however few they are.
        RaftServerConfigKeys.Log.setPurgeGap(p, 1);
    }

    private static void appending(RaftProperties p) {
        SizeInBytes entry = SizeInBytes.valueOf(ENTRY_BYTES_MAX);
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, entry);
        // A frame of ours holds it.
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(
                p, SizeInBytes.valueOf(CHECKPOINT_PART_BYTES_MAX));
        // Between two calls to a member that is away.
        RaftServerConfigKeys.Rpc.setSleepTime(p, millis(50));
    }

    private static void checkpoints(RaftProperties p, LogHost.Settings settings, boolean others) {
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, settings.checkpointEntriesMax());
        RaftServerConfigKeys.Snapshot.setCreationGap(p, 1);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, CHECKPOINTS_KEPT);
        if (others) {
            // One that was away for a moment catches up from the log.
            RaftServerConfigKeys.Log.setPurgePreservationLogNum(
                    p, settings.checkpointEntriesMax() / KEPT_FOR_OTHERS);
        }
    }

    private static TimeDuration millis(long millis) {
        return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
    }

    private static TimeDuration seconds(long seconds) {
        return TimeDuration.valueOf(seconds, TimeUnit.SECONDS);
    }

    private static TimeDuration time(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }
}
