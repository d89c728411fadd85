package holdfast.server.volume;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Carries out the commands of one log entry, over the rows that it has changed so far. */
final class Commands {
    private final Pending entry;
    private final Edit.Ordinals ordinals;
    private final List<Long> milestones = new ArrayList<>();

    Commands(Pending entry, long index) {
        this.entry = entry;
        this.ordinals = new Edit.Ordinals(index);
    }

    /** Which the entry asks for, of the state after it. */
    List<Long> milestones() {
        return milestones;
    }

    /** Carries out one command and says what came of it. */
    ByteString carryOut(ByteString bytes) {
        try {
            VolumeCommand command = VolumeCommand.parseFrom(bytes);
            return command.getRequest() == 0 ? attempt(command).toByteString() : once(command);
        } catch (InvalidProtocolBufferException e) {
            return refused(Refusal.of(FailureCode.INVALID, "not a command")).toByteString();
        }
    }

    private ByteString once(VolumeCommand command) {
        Requests requests = new Requests(entry);
        Optional<ByteString> kept;
        try {
            kept = requests.admit(command);
        } catch (Refusal refusal) {
            return refused(refusal).toByteString();
        }
        return kept.orElseGet(() -> {
            VolumeOutcome outcome = attempt(command);
            return requests.keep(command, outcome);
        });
    }

    private VolumeOutcome attempt(VolumeCommand command) {
        Edit edit = new Edit(entry, command, ordinals);
        try {
            change(edit, command);
            VolumeOutcome outcome = edit.finish();
            edit.rows().moveTo(entry);
            if (command.hasMilestone()) {
                milestones.add(command.getMilestone().getMilestone());
            }
            return outcome;
        } catch (Refusal refusal) {
            return refused(refusal);
        }
    }

    private static VolumeOutcome refused(Refusal refusal) {
        return VolumeOutcome.newBuilder().setFailure(refusal.failure()).build();
    }

    private static void change(Edit edit, VolumeCommand command) {
        switch (command.getChangeCase()) {
            case STORE -> new FileChanges(edit).store(command.getStore());
            case CREATE -> new Creation(edit).create(command.getCreate());
            case REMOVE -> new Removal(edit).remove(command.getRemove());
            case RENAME -> new Renaming(edit, command.getRename()).rename();
            case LINK -> new Creation(edit).link(command.getLink());
            case SET_ATTRIBUTES -> AttributeChange.apply(edit, command.getSetAttributes());
            case SET_XATTR -> new XattrChange(edit).set(command.getSetXattr());
            case REMOVE_XATTR -> new XattrChange(edit).remove(command.getRemoveXattr());
            case RAISE_FENCE -> new FileChanges(edit).raiseFence(command.getRaiseFence());
            case ADD_CLIENT -> new Clients(edit).add(command);
            case END_CLIENT -> new Clients(edit).end(command.getEndClient());
            case EXTEND_IDS -> new VolumeChanges(edit).extendIds(command.getExtendIds());
            case ADD_VOLUME -> new VolumeChanges(edit).add(command.getAddVolume());
            case DROP_VOLUME -> new VolumeChanges(edit).drop(command.getDropVolume());
            case ENSURE_MOUNT_POINT -> new MountChanges(edit).ensure(command.getEnsureMountPoint());
            case DROP_MOUNT_POINT -> new MountChanges(edit).drop(command.getDropMountPoint());
            case RAISE_EPOCH -> new FileChanges(edit).raiseEpoch(command.getRaiseEpoch());
            case COLLECT -> new VolumeChanges(edit).collect(command.getCollect());
            case MILESTONE -> {}
            case CHANGE_NOT_SET -> throw Refusal.of(FailureCode.INVALID, "not a command");
        }
    }
}
