package holdfast.server.directory;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.server.folder.SmallFile;
import holdfast.server.replication.StateMachine;
import holdfast.wire.log.AppliedRecord;
import holdfast.wire.log.DirectoryCommand;
import holdfast.wire.log.DirectoryOutcome;
import holdfast.wire.log.DirectoryRecord;
import holdfast.wire.transport.FailureCodec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The cell's map. Takes {@link DirectoryCommand}s and answers each with a {@link DirectoryOutcome};
 * what can't be carried out is refused in its outcome and changes nothing. Kept in memory; a
 * restart brings the last checkpoint back and the log's entries behind it.
 */
public final class DirectoryState implements StateMachine {
    /** The checkpoint's one file. */
    static final String FILE = "directory";

    private record Standing(Applied applied, CellView view) {}

    private volatile Standing standing = new Standing(Applied.NONE, CellView.EMPTY);

    /** An empty state: no cell founded. */
    public DirectoryState() {}

    /** The cell after the last entry applied. */
    public CellView view() {
        return standing.view();
    }

    @Override
    public List<ByteString> apply(long term, long index, List<ByteString> commands) {
        if (index <= standing.applied().index()) {
            throw new IllegalStateException("entry " + index + " applied after " + standing);
        }
        CellChange change = new CellChange(standing.view());
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
        standing = new Standing(new Applied(term, index), standing.view());
    }

    @Override
    public void checkpoint(Path to) {
        Standing now = standing;
        DirectoryRecord record = Records.of(now.view())
                .setApplied(AppliedRecord.newBuilder()
                        .setTerm(now.applied().term())
                        .setIndex(now.applied().index()))
                .build();
        SmallFile.write(to.resolve(FILE), record.toByteArray());
    }

    @Override
    public void restore(Path from) {
        DirectoryRecord record = SmallFile.parse(from.resolve(FILE), DirectoryRecord.parser());
        AppliedRecord at = record.getApplied();
        standing = new Standing(new Applied(at.getTerm(), at.getIndex()), Records.view(record));
    }

    private static DirectoryOutcome outcome(CellChange change, ByteString command) {
        try {
            return change.carryOut(DirectoryCommand.parseFrom(command));
        } catch (FailureException e) {
            return refused(e.failure());
        } catch (InvalidProtocolBufferException e) {
            return refused(Failure.of(FailureCode.INVALID, "a command that can't be read"));
        }
    }

    private static DirectoryOutcome refused(Failure failure) {
        return DirectoryOutcome.newBuilder()
                .setFailure(FailureCodec.encode(failure))
                .build();
    }
}
