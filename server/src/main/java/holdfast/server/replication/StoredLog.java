package holdfast.server.replication;

import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.SizeInBytes;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A group's log as it lies on disk before Ratis opens it. */
final class StoredLog {
    private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_)?(\\d+)(?:-\\d+)?");

    private final RaftStorage storage;
    private final List<LogSegmentPath> segments;

    StoredLog(RaftStorage storage) throws IOException {
        this.storage = storage;
        this.segments = LogSegmentPath.getLogSegmentPaths(storage);
    }

    /**
     * Makes durable what is here. After a killed process, entries may lie in the page cache only;
     * Ratis would take them for synced, and we would apply them before they are.
     */
    void sync() throws IOException {
        for (LogSegmentPath segment : segments) {
            Folders.sync(segment.getPath());
        }
        Path root = storage.getStorageDir().getRoot().toPath().toAbsolutePath();
        Folders.sync(storage.getStorageDir().getCurrentDir().toPath());
        Folders.sync(root);
        Folders.sync(root.resolve(".."));
    }

    /** Where the log begins; empty when it has no entries. */
    Optional<Long> first() {
        return segments.isEmpty() ? Optional.empty() : Optional.of(start(segments.getFirst()));
    }

    private static long start(LogSegmentPath segment) {
        String name = segment.getPath().getFileName().toString();
        Matcher matcher = SEGMENT.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalStateException("a log segment called " + name);
        }
        return Long.parseLong(matcher.group(1));
    }

    /** The last entry; empty when there is none. */
    Optional<TermIndex> last() throws IOException {
        for (LogSegmentPath segment : segments.reversed()) {
            Optional<TermIndex> last = lastIn(segment);
            if (last.isPresent()) {
                return last;
            }
        }
        return Optional.empty();
    }

    private static Optional<TermIndex> lastIn(LogSegmentPath segment) throws IOException {
        TermIndex[] last = new TermIndex[1];
        LogSegment.readSegmentFile(
                segment.getPath().toFile(),
                segment.getStartEnd(),
                SizeInBytes.valueOf(RatisSettings.ENTRY_BYTES_MAX),
                CorruptionPolicy.getDefault(),
                null,
                (LogEntryProto entry) -> last[0] = TermIndex.valueOf(entry));
        return Optional.ofNullable(last[0]);
    }
}
