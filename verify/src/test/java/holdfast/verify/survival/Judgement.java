package holdfast.verify.survival;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.server.chunk.DiskChunkStore;
import holdfast.server.table.MemoryTable;
import holdfast.server.table.RocksTable;
import holdfast.server.table.Table;
import holdfast.server.volume.VolumeState;
import holdfast.verify.simulation.Checker;
import holdfast.verify.simulation.Event;
import holdfast.verify.simulation.History.Commit;
import holdfast.verify.simulation.Lies;
import holdfast.verify.simulation.Truth;
import holdfast.wire.log.Batch;
import holdfast.wire.log.VolumeCommand;

import org.apache.ratis.proto.RaftProtos.LogEntryProto;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Judges what clients saw by the log of the file servers, as the simulator does, and whether the
 * members, which have been stopped and their logs copied, hold what the log says.
 */
final class Judgement {
    /** A change may be seen before the entry's time by as much as clocks are read apart. */
    private static final long CLOCKS_APART_NANOS = 2_000_000;

    private static final int LIES = 3;
    private static final int CHUNKS_MAX = 1_000_000;

    private final List<Server> members;
    private final CopiedLogs logs;
    private final List<String> wrong = new ArrayList<>();
    private int entries;
    private long lacking;

    Judgement(List<Server> members, CopiedLogs logs) {
        this.members = members;
        this.logs = logs;
    }

    /** How many entries the log has. */
    int entries() {
        return entries;
    }

    /** How many copies of chunks members still have to bring. */
    long lacking() {
        return lacking;
    }

    /** What is wrong. */
    List<String> of(List<Event> events) {
        List<Long> stands = members.stream().map(Judgement::stands).toList();
        long last = Collections.max(stands);
        List<LogEntryProto> log = logs.entries(members.get(stands.indexOf(last)), last);
        entries = log.size();
        MemoryTable table = new MemoryTable();
        VolumeState state = new VolumeState(table);
        List<Commit> commits = replay(log, state);
        Truth truth = new Truth(commits);
        check(events, truth).ifPresent(wrong::add);
        List<List<Event>> lies = Lies.of(events);
        if (lies.size() < LIES) {
            wrong.add("not enough happened to make " + LIES + " false histories of it");
        }
        lies.stream()
                .filter(lie -> check(lie, truth).isEmpty())
                .forEach(lie -> wrong.add("a false history was believed: " + lie.getLast()));
        for (Server member : members) {
            compare(member, log, table);
        }
        chunks(state);
        return wrong;
    }

    private static Optional<String> check(List<Event> events, Truth truth) {
        return new Checker(events, truth, Set.of(), Set.of(FailureCode.NO_SPACE)).check();
    }

    private static long stands(Server member) {
        try (RocksTable table = table(member)) {
            return new VolumeState(table).applied().index();
        }
    }

    private static RocksTable table(Server member) {
        return new RocksTable(member.data().resolve("namespace"));
    }

    private static List<Commit> replay(List<LogEntryProto> log, VolumeState state) {
        List<Commit> commits = new ArrayList<>();
        long clocks = System.currentTimeMillis() * 1_000_000 - System.nanoTime();
        long at = Long.MIN_VALUE;
        for (LogEntryProto entry : log) {
            List<ByteString> commands = commands(entry);
            at = Math.max(
                    at,
                    time(commands)
                            .map(nanos -> nanos - clocks - CLOCKS_APART_NANOS)
                            .orElse(at));
            List<ByteString> outcomes = List.of();
            if (commands.isEmpty()) {
                state.skip(entry.getTerm(), entry.getIndex());
            } else {
                outcomes = state.apply(entry.getTerm(), entry.getIndex(), commands);
            }
            commits.add(new Commit(entry.getTerm(), commands, outcomes, at));
        }
        return commits;
    }

    private static List<ByteString> commands(LogEntryProto entry) {
        if (!entry.hasStateMachineLogEntry()) {
            return List.of();
        }
        try {
            return Batch.parseFrom(ByteString.copyFrom(
                            entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer()))
                    .getCommandsList();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    /** When the first of the commands was made, by the wall clock. */
    private static Optional<Long> time(List<ByteString> commands) {
        return commands.stream()
                .map(Judgement::command)
                .filter(VolumeCommand::hasTime)
                .map(VolumeCommand::getTime)
                .map(time -> time.getSeconds() * 1_000_000_000L + time.getNanos())
                .min(Long::compare);
    }

    private static VolumeCommand command(ByteString bytes) {
        try {
            return VolumeCommand.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Brings a member's state to the end of the log: it must then be the one that the log makes.
     */
    private void compare(Server member, List<LogEntryProto> log, Table right) {
        try (RocksTable table = table(member)) {
            VolumeState state = new VolumeState(table);
            int from = Math.toIntExact(state.applied().index() + 1);
            replay(log.subList(from, log.size()), state);
            if (!hash(table).equals(hash(right))) {
                wrong.add(member + " holds another state than the log makes");
            }
        }
    }

    private static String hash(Table table) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            table.scan(ByteString.EMPTY, ByteString.EMPTY, (key, value) -> {
                digest.update((key.size() + " " + value.size() + ";").getBytes(US_ASCII));
                digest.update(key.asReadOnlyByteBuffer());
                digest.update(value.asReadOnlyByteBuffer());
                return true;
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All that is named must be whole on a majority. */
    private void chunks(VolumeState state) {
        List<DiskChunkStore> stores = members.stream()
                .map(member -> new DiskChunkStore(member.data()))
                .toList();
        for (ByteString name : state.reader().chunksNamed(ByteString.EMPTY, CHUNKS_MAX)) {
            ChunkHash hash = ChunkHash.of(name.toByteArray());
            long have = stores.stream().filter(store -> store.has(hash)).count();
            lacking += members.size() - have;
            if (have <= members.size() / 2) {
                wrong.add("chunk " + hash + " is on " + have + " members only");
            }
        }
        stores.forEach(DiskChunkStore::close);
    }
}
