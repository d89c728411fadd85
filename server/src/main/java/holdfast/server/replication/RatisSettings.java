package holdfast.server.replication;

import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.netty.NettyConfigKeys;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What we ask of Ratis where its defaults are not ours; the reasons and figures are in
 * docs/decisions/0002-replication.md. Never the unsafe flush: an entry counts as written when it is
 * synced.
 */
final class RatisSettings {
    private static final int WRITE_BUFFER_BYTES = 1 << 20;

    /** The most bytes of one log entry: the write buffer holds one with its length and checksum. */
    static final int ENTRY_BYTES_MAX = WRITE_BUFFER_BYTES - 8;

    private static final String SEGMENT_BYTES_MAX = "16MB";
    private static final String CACHED_BYTES_MAX = "16MB";
    private static final int CACHED_SEGMENTS_MAX = 2;
    private static final int CHECKPOINTS_KEPT = 2;

    private RatisSettings() {}

    static RaftProperties of(LogHost.Settings settings) {
        RaftProperties p = new RaftProperties();
        // Nothing lies there; the real folder is set once the server is built.
        storeIn(p, settings.folder().resolve("none"));
        network(p, settings);
        timing(p, settings);
        log(p);
        checkpoints(p, settings);
        return p;
    }

    static void storeIn(RaftProperties p, Path groups) {
        RaftServerConfigKeys.setStorageDir(p, List.of(groups.toFile()));
    }

    private static void network(RaftProperties p, LogHost.Settings settings) {
        if (settings.listen().isEmpty()) {
            RaftConfigKeys.Rpc.setType(p, new AloneRpc());
            return;
        }
        RaftConfigKeys.Rpc.setType(p, SupportedRpcType.NETTY);
        NettyConfigKeys.Server.setHost(p, settings.listen().get().getHostString());
        NettyConfigKeys.Server.setPort(p, settings.listen().get().getPort());
    }

    private static void timing(RaftProperties p, LogHost.Settings settings) {
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, time(settings.electionTimeoutMin()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, time(settings.electionTimeoutMax()));
        if (settings.listen().isEmpty()) {
            // Nobody else can lead: stand at once.
            RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(
                    p, TimeDuration.valueOf(1, TimeUnit.MILLISECONDS));
            RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
                    p, TimeDuration.valueOf(2, TimeUnit.MILLISECONDS));
        }
        RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(p, true);
        // A machine that slept must not end its server; a leader that slept steps down (10 s).
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(7, TimeUnit.DAYS));
        // Our requests are never repeated through Ratis: repeats are known to the state machines.
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, TimeDuration.valueOf(1, TimeUnit.SECONDS));
    }

    private static void log(RaftProperties p) {
        SizeInBytes entry = SizeInBytes.valueOf(ENTRY_BYTES_MAX);
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(WRITE_BUFFER_BYTES));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, entry);
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf(SEGMENT_BYTES_MAX));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, CACHED_SEGMENTS_MAX);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, SizeInBytes.valueOf(CACHED_BYTES_MAX));
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        // Entries may be large: what a checkpoint holds goes, however few they are.
        RaftServerConfigKeys.Log.setPurgeGap(p, 1);
    }

    private static void checkpoints(RaftProperties p, LogHost.Settings settings) {
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, settings.checkpointEntriesMax());
        RaftServerConfigKeys.Snapshot.setCreationGap(p, 1);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, CHECKPOINTS_KEPT);
    }

    private static TimeDuration time(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }
}
