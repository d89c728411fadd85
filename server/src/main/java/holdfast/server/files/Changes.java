package holdfast.server.files;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.callback.Callbacks;
import holdfast.server.callback.Callbacks.Change;
import holdfast.server.callback.Scope;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Time;
import holdfast.wire.transport.FailureCodec;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The one way in which anything changes. The order of things, for a change that may touch what
 * clients were promised:
 *
 * <ol>
 *   <li>a repetition waits for the first attempt;
 *   <li>check what costs no commit to check, bring chunks to disk;
 *   <li>wait until nobody can use promises of an earlier term (rule 3);
 *   <li>mark what it will touch, so that nothing of it is promised until it is answered (1b);
 *   <li>for a store, send the breaks already;
 *   <li>propose; it is durable then, and applied;
 *   <li>send the breaks of what it touched, wait for all that others have not acknowledged (1a);
 *   <li>answer, saying which promises the changer holds.
 * </ol>
 *
 * When the deadline comes after the proposal, the answer is INDETERMINATE and the rest is done
 * without it: {@link Unfinished}.
 */
final class Changes {
    private final ReplicatedLog log;
    private final VolumeReader reader;
    private final Callbacks callbacks;
    private final Clock clock;
    private final Turns turns = new Turns();
    private final Unfinished unfinished;

    Changes(
            ReplicatedLog log,
            VolumeReader reader,
            Callbacks callbacks,
            Clock clock,
            Ticker ticker) {
        this.log = log;
        this.reader = reader;
        this.callbacks = callbacks;
        this.clock = clock;
        this.unfinished = new Unfinished(log, callbacks.settings().lease(), ticker);
    }

    /**
     * What a kind of change checks and brings before it is proposed. Not asked for a request that
     * was carried out already.
     */
    interface Preparation {
        /** The change as it is to be proposed. */
        VolumeCommand prepare(VolumeCommand change);

        /** Whether it is so likely to succeed that promises may be broken before it does. */
        boolean isNearlyCertain();

        /** Nothing. */
        Preparation NONE = of(UnaryOperator.identity());

        /** A step after which it may still be refused. */
        static Preparation of(UnaryOperator<VolumeCommand> step) {
            return new Preparation() {
                @Override
                public VolumeCommand prepare(VolumeCommand change) {
                    return step.apply(change);
                }

                @Override
                public boolean isNearlyCertain() {
                    return false;
                }
            };
        }
    }

    /** A change that a client asked for. */
    Changed byClient(Asked<?> asked, VolumeCommand.Builder change, Preparation preparation) {
        RequestHeader header = numbered(asked);
        VolumeCommand command = stamped(change, header);
        Turns.Turn turn = turns.take(asked.client(), header.getRequest(), asked.deadline());
        return underWay(command, preparation, asked.term(), asked.deadline(), turn::close);
    }

    /** The same for a change that touches nothing that could be promised. */
    void quietlyByClient(Asked<?> asked, VolumeCommand.Builder change) {
        RequestHeader header = numbered(asked);
        try (Turns.Turn ignored =
                turns.take(asked.client(), header.getRequest(), asked.deadline())) {
            quiet(stamped(change, header), asked.deadline());
        }
    }

    /** A change of the server's own that may touch what was promised. */
    void own(VolumeCommand.Builder change, Deadline deadline) {
        long term = log.confirmLeadership(deadline);
        VolumeCommand command = stamped(change, RequestHeader.getDefaultInstance());
        Changed unused = underWay(command, Preparation.NONE, term, deadline, () -> {});
    }

    /** A change of the server's own that touches nothing that could be promised. */
    VolumeOutcome quietlyOwn(VolumeCommand.Builder change, Deadline deadline) {
        RequestHeader nobody =
                RequestHeader.newBuilder().setCaller(change.getCaller()).build();
        return quiet(stamped(change, nobody), deadline);
    }

    private static RequestHeader numbered(Asked<?> asked) {
        RequestHeader header = asked.call().header();
        if (header.getRequest() <= 0 || header.getLowestOpen() < 0) {
            throw FailureException.of(
                    FailureCode.INVALID, "a change must be numbered, and from 1 on");
        }
        return header;
    }

    private VolumeCommand stamped(VolumeCommand.Builder change, RequestHeader header) {
        Instant now = clock.instant();
        return change.setClient(header.getClient())
                .setRequest(header.getRequest())
                .setLowestOpen(header.getLowestOpen())
                .setCaller(header.getCaller().toBuilder().clearProof())
                .setTime(Time.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()))
                .build();
    }

    private VolumeOutcome quiet(VolumeCommand command, Deadline deadline) {
        return accepted(outcome(log.propose(command.toByteString(), deadline)));
    }

    private Changed underWay(
            VolumeCommand asked,
            Preparation preparation,
            long term,
            Deadline deadline,
            Runnable over) {
        try (Underway work = new Underway(unfinished, over)) {
            boolean done = isDone(asked);
            VolumeCommand command = done ? asked : preparation.prepare(asked);
            List<Scope> scopes = Touched.by(command, reader);
            Change change = callbacks.arrive(asked.getClient(), scopes, term, deadline);
            work.arrived(change, command);
            if (!done && preparation.isNearlyCertain()) {
                change.breakEarly();
            }
            return carryOut(work, change, command, deadline);
        }
    }

    private Changed carryOut(
            Underway work, Change change, VolumeCommand command, Deadline deadline) {
        try {
            VolumeOutcome outcome = outcome(log.propose(command.toByteString(), deadline));
            requireSameTerm(change);
            change.applied(outcome.getBrokenList());
            work.applied();
            change.awaitOthers(deadline);
            return promised(change, accepted(outcome));
        } catch (FailureException e) {
            if (e.code() == FailureCode.INDETERMINATE) {
                work.handOver();
            }
            throw e;
        }
    }

    /** Whether a client's request was carried out already, so that only its answer is missing. */
    private boolean isDone(VolumeCommand asked) {
        return asked.getRequest() != 0 && reader.isAnswered(asked.getClient(), asked.getRequest());
    }

    /** It may have been applied in another term, whose promises this one does not know. */
    private void requireSameTerm(Change change) {
        if (log.leadingTerm() != change.term()) {
            throw FailureException.of(
                    FailureCode.INDETERMINATE, "another leader's term began meanwhile");
        }
    }

    static VolumeOutcome outcome(ByteString bytes) {
        try {
            return VolumeOutcome.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an outcome of our own", e);
        }
    }

    private static VolumeOutcome accepted(VolumeOutcome outcome) {
        if (outcome.hasFailure()) {
            throw FailureCodec.decode(outcome.getFailure()).exception();
        }
        return outcome;
    }

    // ---- what the changer holds ----------------------------------------------------------------

    private Changed promised(Change change, VolumeOutcome outcome) {
        Changed changed = outcome.getChanged();
        boolean again = outcome.getRepeatedRequest();
        forgetGone(change, changed.getFile());
        forgetGone(change, changed.getReplaced());
        return changed.toBuilder()
                .setPromised(holdsFile(change, changed.getFile(), again))
                .setParentPromised(keepsVnode(change, changed.getParent(), again))
                .setParentEntriesPromised(keepsEntries(change, changed.getParent(), again))
                .setToParentPromised(keepsVnode(change, changed.getToParent(), again))
                .setToParentEntriesPromised(keepsEntries(change, changed.getToParent(), again))
                .build();
    }

    private static void forgetGone(Change change, Attributes file) {
        if (file.getFile() != 0 && file.getLinks() == 0) {
            change.gone(file.getFile());
        }
    }

    private boolean holdsFile(Change change, Attributes file, boolean again) {
        return file.getLinks() > 0
                && isNow(file, again)
                && change.holdsChanged(file.getFile(), file.getChangeNumber());
    }

    private boolean keepsVnode(Change change, Attributes folder, boolean again) {
        return folder.getFile() != 0
                && isNow(folder, again)
                && change.keeps(Scope.vnode(folder.getFile()), folder.getChangeNumber());
    }

    private boolean keepsEntries(Change change, Attributes folder, boolean again) {
        return folder.getFile() != 0
                && isNow(folder, again)
                && change.keeps(Scope.entries(folder.getFile()), folder.getChangeNumber());
    }

    /** A repeated request is answered with what was true when it was carried out. */
    private boolean isNow(Attributes answered, boolean again) {
        return !again || reader.changeNumber(answered.getFile()) == answered.getChangeNumber();
    }
}
