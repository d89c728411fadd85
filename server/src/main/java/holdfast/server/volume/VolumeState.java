package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.server.replication.StateMachine;
import holdfast.server.table.Table;
import holdfast.wire.log.AppliedRecord;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The volumes of one replica group. Takes {@link holdfast.wire.log.VolumeCommand}s and answers each
 * with a {@link holdfast.wire.log.VolumeOutcome}; a command that can't be carried out is refused in
 * its outcome and changes nothing. All changes of an entry and its (term, index) go into the table
 * in one batch.
 *
 * <p>Outcomes say which vnodes were touched ({@code broken}), repeated requests the same as the
 * first time. Promise flags in answers are never set here; the file service sets them.
 */
public final class VolumeState implements StateMachine {
    private final Table table;
    private final Moment moment = new Moment();
    private final Milestones milestones = new Milestones();
    private volatile Applied applied;

    /** The state kept in {@code table}, which is this state's alone; the caller closes it. */
    public VolumeState(Table table) {
        this.table = table;
        this.applied = readApplied(table);
    }

    /** Queries, to be used by many threads beside {@link #apply}. */
    public VolumeReader reader() {
        return new VolumeReader(table, moment);
    }

    @Override
    public List<ByteString> apply(long term, long index, List<ByteString> commands) {
        if (index <= applied.index()) {
            throw new IllegalStateException("entry " + index + " applied after " + applied);
        }
        Pending entry = new Pending(Rows.of(table));
        Commands work = new Commands(entry, index);
        List<ByteString> outcomes = new ArrayList<>(commands.size());
        for (ByteString command : commands) {
            outcomes.add(work.carryOut(command));
        }
        write(entry, new Applied(term, index));
        work.milestones().forEach(milestone -> milestones.keep(milestone, table.freeze()));
        return outcomes;
    }

    /**
     * The state as it was at the milestones that are kept; for comparing members with each other.
     */
    public Milestones milestones() {
        return milestones;
    }

    @Override
    public Applied applied() {
        return applied;
    }

    @Override
    public void skip(long term, long index) {
        write(new Pending(Rows.of(table)), new Applied(term, index));
    }

    @Override
    public void checkpoint(Path to) {
        table.checkpoint(to);
    }

    @Override
    public void restore(Path from) {
        moment.change(() -> {
            table.restore(from);
            applied = readApplied(table);
        });
    }

    private void write(Pending entry, Applied now) {
        AppliedRecord record = AppliedRecord.newBuilder()
                .setTerm(now.term())
                .setIndex(now.index())
                .build();
        entry.put(Keys.APPLIED, record.toByteString());
        Table.Batch batch = table.batch();
        entry.writeTo(batch);
        moment.change(() -> {
            table.write(batch);
            applied = now;
        });
    }

    private static Applied readApplied(Table table) {
        return table.get(Keys.APPLIED)
                .map(value -> Records.parse(AppliedRecord.parser(), value))
                .map(record -> new Applied(record.getTerm(), record.getIndex()))
                .orElse(Applied.NONE);
    }
}
