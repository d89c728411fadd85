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

/** The engine's settings, in one place; docs/decisions/0002 says why each is not the default. */
final class EngineSettings {
    /** The most bytes of one log entry. */
    static final int ENTRY_BYTES_MAX = 900 * 1024;

    private static final Duration ELECTION_MIN = Duration.ofMillis(150);
    private static final Duration ELECTION_MAX = Duration.ofMillis(300);
    private static final SizeInBytes WRITE_BUFFER = SizeInBytes.valueOf("2MB");
    private static final SizeInBytes APPENDER_BYTES = SizeInBytes.valueOf("1MB");
    private static final SizeInBytes SEGMENT = SizeInBytes.valueOf("8MB");
    private static final long SNAPSHOT_EVERY = 100_000;

    private EngineSettings() {}

    static RaftProperties of(Path logs) {
        RaftProperties properties = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(properties, List.of(logs.toFile()));
        RaftConfigKeys.Rpc.setType(properties, SupportedRpcType.NETTY);
        NettyConfigKeys.Server.setHost(properties, "127.0.0.1");
        NettyConfigKeys.Server.setPort(properties, 0);
        RaftServerConfigKeys.Rpc.setTimeoutMin(properties, millis(ELECTION_MIN));
        RaftServerConfigKeys.Rpc.setTimeoutMax(properties, millis(ELECTION_MAX));
        RaftServerConfigKeys.Read.setOption(
                properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(properties, true);
        RaftServerConfigKeys.Log.setWriteBufferSize(properties, WRITE_BUFFER);
        RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SEGMENT);
        RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("4MB"));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, APPENDER_BYTES);
        RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, SNAPSHOT_EVERY);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, 2);
        return properties;
    }

    private static TimeDuration millis(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }
}
