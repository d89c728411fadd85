package holdfast.server.locking;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.server.folder.SmallFile;
import holdfast.server.replication.StateMachine;
import holdfast.wire.log.AppliedRecord;
import holdfast.wire.log.LockingCommand;
import holdfast.wire.log.LockingOutcome;
import holdfast.wire.log.LockingRecord;
import holdfast.wire.log.SessionRecord;
import holdfast.wire.transport.FailureCodec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The sessions and the epoch; locks are not committed. Takes {@link LockingCommand}s and answers
 * each with a {@link LockingOutcome}. Kept in memory; a restart brings the last checkpoint back and
 * the log's entries behind it.
 */
public final class LockingState implements StateMachine {
    /** The checkpoint's one file. */
    static final String FILE = "locking";

    private record Standing(Applied applied, Sessions sessions) {}

    private volatile Standing standing = new Standing(Applied.NONE, Sessions.NONE);

    /** An empty state: no session, epoch 0. */
    public LockingState() {}

    /** What stands after the last entry applied. */
    public Sessions sessions() {
        return standing.sessions();
    }

    @Override
    public List<ByteString> apply(long term, long index, List<ByteString> commands) {
        if (index <= standing.applied().index()) {
            throw new IllegalStateException("entry " + index + " applied after " + applied());
        }
        SessionChange change = new SessionChange(standing.sessions());
        List<ByteString> outcomes = new ArrayList<>(commands.size());
        for (ByteString command : commands) {
            outcomes.add(outcome(change, command).toByteString());
        }
        standing = new Standing(new Applied(term, index), change.result());
        return outcomes;
    }

    @Override
    public Applied applied() {
        return standing.applied();
    }

    @Override
    public void skip(long term, long index) {
        standing = new Standing(new Applied(term, index), standing.sessions());
    }

    @Override
    public void checkpoint(Path to) {
        Standing now = standing;
        LockingRecord record = LockingRecord.newBuilder()
                .setApplied(AppliedRecord.newBuilder()
                        .setTerm(now.applied().term())
                        .setIndex(now.applied().index()))
                .setEpoch(now.sessions().epoch())
                .setLastSession(now.sessions().lastSession())
                .addAllSessions(now.sessions().live().values())
                .build();
        SmallFile.write(to.resolve(FILE), record.toByteArray());
    }

    @Override
    public void restore(Path from) {
        LockingRecord record = SmallFile.parse(from.resolve(FILE), LockingRecord.parser());
        TreeMap<Long, SessionRecord> live = new TreeMap<>();
        record.getSessionsList().forEach(session -> live.put(session.getSession(), session));
        AppliedRecord at = record.getApplied();
        standing = new Standing(
                new Applied(at.getTerm(), at.getIndex()),
                new Sessions(record.getEpoch(), record.getLastSession(), live));
    }

    private static LockingOutcome outcome(SessionChange change, ByteString command) {
        try {
            return change.carryOut(LockingCommand.parseFrom(command));
        } catch (FailureException e) {
            return refused(e.failure());
        } catch (InvalidProtocolBufferException e) {
            return refused(Failure.of(FailureCode.INVALID, "a command that can't be read"));
        }
    }

    private static LockingOutcome refused(Failure failure) {
        return LockingOutcome.newBuilder()
                .setFailure(FailureCodec.encode(failure))
                .build();
    }
}
