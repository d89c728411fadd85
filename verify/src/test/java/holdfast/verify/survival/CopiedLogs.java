package holdfast.verify.survival;

import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The logs of the members of a group, as they are written: members cut theirs, or lose them. From
 * all of them comes the whole log.
 *
 * <p>Two logs that have an entry of the same index and term are the same before it (Raft's log
 * matching). So one that is known to be right tells which part of another one is.
 */
final class CopiedLogs {
    private static final SizeInBytes ENTRY_BYTES_MAX = SizeInBytes.valueOf("2MB");

    private static final Pattern NAME = Pattern.compile("log_(inprogress_)?(\\d+)(-\\d+)?");

    /** A part of a log, from entry {@code start} on; still written to when {@code open}. */
    private record Segment(Path path, long start, boolean open) {}

    private final Path folder;
    private final Map<Log, NavigableMap<Long, Path>> logs = new HashMap<>();

    /** The log of a member, which is another one once it began with an empty folder. */
    private record Log(Service service, String name) {
        static Log of(Server server) {
            return new Log(server.service(), server + "." + server.lives());
        }
    }

    CopiedLogs(Path folder) {
        this.folder = folder;
    }

    /** Copies what a member will not write to any more. */
    void copyClosed(Server server) {
        copy(server, false);
    }

    /** Copies all that a member has; it must not run. */
    void copyAll(Server server) {
        copy(server, true);
    }

    private void copy(Server server, boolean open) {
        NavigableMap<Long, Path> copies =
                logs.computeIfAbsent(Log.of(server), log -> new TreeMap<>());
        List<Segment> there = segments(server.data().resolve("log/groups"));
        Set<Long> copied = new HashSet<>();
        for (Segment segment : there) {
            if ((open || !segment.open) && copy(segment, server, copies)) {
                copied.add(segment.start);
            }
        }
        // What is not there any more was cut off at the end, unless it was at the beginning.
        there.stream()
                .mapToLong(Segment::start)
                .min()
                .ifPresent(first -> copies.tailMap(first, true).keySet().retainAll(copied));
    }

    private boolean copy(Segment segment, Server server, NavigableMap<Long, Path> copies) {
        Path own = folder.resolve(Log.of(server).name);
        Path to = own.resolve(segment.path.getFileName());
        try {
            if (segment.open || !Files.exists(to) || Files.size(to) != Files.size(segment.path)) {
                Files.createDirectories(own);
                Files.copy(segment.path, to, StandardCopyOption.REPLACE_EXISTING);
            }
            copies.put(segment.start, to);
            return true;
        } catch (NoSuchFileException e) {
            return false; // Just cut.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Segment> segments(Path groups) {
        try (Stream<Path> all = Files.isDirectory(groups) ? Files.walk(groups, 3) : Stream.of()) {
            return all.flatMap(path -> segment(path).stream()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Segment> segment(Path path) {
        Matcher name = NAME.matcher(path.getFileName().toString());
        return name.matches()
                ? Optional.of(
                        new Segment(path, Long.parseLong(name.group(2)), name.group(1) != null))
                : Optional.empty();
    }

    /**
     * All entries up to {@code last}, from the first on.
     *
     * @param right a member whose log is right up to there
     */
    List<LogEntryProto> entries(Server right, long last) {
        NavigableMap<Long, LogEntryProto> known = all(right);
        known.tailMap(last, false).clear();
        boolean more = true;
        while (more && known.firstKey() > 0) {
            more = logs.entrySet().stream()
                    .filter(each -> each.getKey().service == right.service())
                    .anyMatch(each -> extend(known, each.getValue()));
        }
        if (known.firstKey() > 0 || known.size() != last + 1) {
            throw new AssertionError("entries are missing: " + known.size() + " from "
                    + known.firstKey() + " of " + (last + 1));
        }
        return List.copyOf(known.values());
    }

    private NavigableMap<Long, LogEntryProto> all(Server server) {
        NavigableMap<Long, LogEntryProto> all = new TreeMap<>();
        logs.getOrDefault(Log.of(server), Collections.emptyNavigableMap())
                .values()
                .forEach(segment -> read(segment, all));
        return all;
    }

    /** Whether two members' logs are the same, as far as both have entries. */
    boolean agree(Server one, Server other) {
        NavigableMap<Long, LogEntryProto> log = all(one);
        return all(other).values().stream()
                .allMatch(entry -> Optional.ofNullable(log.get(entry.getIndex()))
                        .filter(own -> !own.equals(entry))
                        .isEmpty());
    }

    private static boolean extend(
            NavigableMap<Long, LogEntryProto> known, NavigableMap<Long, Path> copies) {
        long first = known.firstKey();
        if (copies.isEmpty() || copies.firstKey() >= first) {
            return false;
        }
        NavigableMap<Long, LogEntryProto> other = new TreeMap<>();
        copies.values().forEach(segment -> read(segment, other));
        boolean same = other.tailMap(first, true).values().stream()
                .anyMatch(entry -> Optional.ofNullable(known.get(entry.getIndex()))
                        .filter(own -> own.getTerm() == entry.getTerm())
                        .isPresent());
        if (!same) {
            return false;
        }
        other.headMap(first, false).forEach(known::put);
        return true;
    }

    private static void read(Path file, Map<Long, LogEntryProto> to) {
        LogSegmentPath segment = LogSegmentPath.matchLogSegment(file);
        if (segment == null) {
            throw new IllegalArgumentException(file + " is no part of a log");
        }
        try {
            LogSegment.readSegmentFile(
                    file.toFile(),
                    segment.getStartEnd(),
                    ENTRY_BYTES_MAX,
                    CorruptionPolicy.WARN_AND_RETURN,
                    null,
                    entry -> to.put(entry.getIndex(), entry));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
