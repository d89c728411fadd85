package holdfast.server.files;

import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.callback.Callbacks;
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
import java.util.Collection;

/** The one way in which anything changes: propose, break promises, wait, answer (rule 1a). */
final class Changes {
    private final ReplicatedLog log;
    private final VolumeReader reader;
    private final Callbacks callbacks;
    private final Clock clock;

    Changes(ReplicatedLog log, VolumeReader reader, Callbacks callbacks, Clock clock) {
        this.log = log;
        this.reader = reader;
        this.callbacks = callbacks;
        this.clock = clock;
    }

    /** A change asked for by a client; {@code concerned} are the vnodes known beforehand. */
    Changed byClient(
            RequestHeader header,
            VolumeCommand.Builder change,
            Collection<Long> concerned,
            Deadline deadline) {
        if (header.getRequest() == 0) {
            throw FailureException.of(FailureCode.INVALID, "a change needs a request number");
        }
        change.setClient(header.getClient())
                .setRequest(header.getRequest())
                .setLowestOpen(header.getLowestOpen())
                .setCaller(header.getCaller());
        VolumeOutcome outcome;
        try (Callbacks.Changing ignored = callbacks.changing(concerned)) {
            outcome = commit(change, header.getClient(), deadline);
        }
        return promised(header.getClient(), outcome.getChanged());
    }

    /** A change of the server's own. */
    VolumeOutcome own(VolumeCommand.Builder change, Deadline deadline) {
        return commit(change, 0, deadline);
    }

    private VolumeOutcome commit(VolumeCommand.Builder change, long changer, Deadline deadline) {
        callbacks.awaitClients(deadline);
        Instant now = clock.instant();
        change.setTime(Time.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()));
        VolumeOutcome outcome = parse(log.propose(change.build().toByteString(), deadline));
        callbacks.breakPromises(
                changer, outcome.getBrokenList(), outcome.getRepeatedRequest(), deadline);
        if (outcome.hasFailure()) {
            throw FailureCodec.decode(outcome.getFailure()).exception();
        }
        return outcome;
    }

    private static VolumeOutcome parse(com.google.protobuf.ByteString bytes) {
        try {
            return VolumeOutcome.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an outcome of our own", e);
        }
    }

    /** Says what the changer holds at the change numbers answered. */
    private Changed promised(long client, Changed changed) {
        return changed.toBuilder()
                .setPromised(noted(client, changed.getFile()))
                .setParentPromised(keepsVnode(client, changed.getParent()))
                .setParentEntriesPromised(keepsEntries(client, changed.getParent()))
                .setToParentPromised(keepsVnode(client, changed.getToParent()))
                .setToParentEntriesPromised(keepsEntries(client, changed.getToParent()))
                .build();
    }

    private boolean noted(long client, Attributes file) {
        if (file.getLinks() == 0 || !callbacks.promise(client, file.getFile(), true, false)) {
            return false;
        }
        if (isNow(file)) {
            return true;
        }
        callbacks.withdraw(client, file.getFile());
        return false;
    }

    private boolean keepsVnode(long client, Attributes folder) {
        return callbacks.holdsVnode(client, folder.getFile()) && isNow(folder);
    }

    private boolean keepsEntries(long client, Attributes folder) {
        return callbacks.holdsEntries(client, folder.getFile()) && isNow(folder);
    }

    private boolean isNow(Attributes answered) {
        return reader.changeNumber(answered.getFile()) == answered.getChangeNumber();
    }
}
