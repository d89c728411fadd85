package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.path.Name;
import holdfast.wire.log.GroupRecord;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.log.VolumeRecord;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.Time;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

/**
 * One command at work: what it has read and changed, over the rows as the commands before it left
 * them. Nothing is kept of it unless it ends with {@link #finish}.
 */
final class Edit {
    private final Pending rows;
    private final Records records;
    private final Permissions caller;
    private final Time time;
    private final Ordinals ordinals;
    private final Map<Long, Node> nodes = new LinkedHashMap<>();
    private final Map<Integer, VolumeRecord.Builder> volumes = new LinkedHashMap<>();
    private final VolumeOutcome.Builder outcome = VolumeOutcome.newBuilder();
    private Optional<GroupRecord.Builder> group = Optional.empty();
    private Optional<Answer> answer = Optional.empty();

    /** Numbers what one log entry replaces. */
    static final class Ordinals {
        private final long index;
        private int next;

        Ordinals(long index) {
            this.index = index;
        }

        long index() {
            return index;
        }

        int next() {
            return next++;
        }
    }

    /** The vnodes that the answer shows, as they are in the end. */
    record Answer(
            Node file, Optional<Node> parent, Optional<Node> toParent, Optional<Node> replaced) {
        Changed changed() {
            Changed.Builder changed = Changed.newBuilder().setFile(file.attributes());
            parent.ifPresent(node -> changed.setParent(node.attributes()));
            toParent.ifPresent(node -> changed.setToParent(node.attributes()));
            replaced.ifPresent(node -> changed.setReplaced(node.attributes()));
            return changed.build();
        }
    }

    Edit(Rows below, VolumeCommand command, Ordinals ordinals) {
        this.rows = new Pending(below);
        this.records = new Records(rows);
        this.caller = new Permissions(command.getCaller());
        this.time = command.getTime();
        this.ordinals = ordinals;
    }

    Pending rows() {
        return rows;
    }

    Records records() {
        return records;
    }

    Permissions caller() {
        return caller;
    }

    Time time() {
        return time;
    }

    Ordinals ordinals() {
        return ordinals;
    }

    /** The vnode, which must have a name. */
    Node live(long file) {
        Node node = nodes.get(file);
        return node != null ? node : keep(new Node(records.live(file)));
    }

    /** The folder. */
    Node folder(long file) {
        Node node = nodes.get(file);
        return node != null && node.isFolder() ? node : keep(new Node(records.folder(file)));
    }

    /** A vnode that this command makes, named or not. */
    Node make(VnodeRecord record) {
        return keep(Node.made(record));
    }

    private Node keep(Node node) {
        nodes.put(node.file(), node);
        return node;
    }

    /** The vnode called {@code name} in the folder. */
    Optional<Node> child(Node folder, ByteString name) {
        return records.child(folder.file(), name).map(this::live);
    }

    /** The vnode called {@code name} in the folder, which must be there. */
    Node childThere(Node folder, ByteString name) {
        return child(folder, name).orElseThrow(() -> {
            return Refusal.of(FailureCode.NOT_FOUND, "no such file or directory");
        });
    }

    /** The name for people. */
    static String shown(ByteString name) {
        return Name.of(name.toByteArray()).toString();
    }

    /** The volume's record, to be changed. */
    VolumeRecord.Builder volume(int number) {
        return volumes.computeIfAbsent(number, n -> records.volume(n).toBuilder());
    }

    /** Adds a volume. */
    void addVolume(int number, VolumeRecord record) {
        volumes.put(number, record.toBuilder());
    }

    /** The record of a volume that was dropped, to be changed. */
    VolumeRecord.Builder droppedVolume(int number) {
        return volumes.computeIfAbsent(
                number, n -> records.volumeEver(n).orElseThrow().toBuilder());
    }

    /** Shows the numbers of the volumes that are {@code wanted}, as they are now. */
    void volumes(Predicate<VolumeRecord> wanted, IntConsumer visitor) {
        volumes.forEach(
                (number, volume) -> rows.put(Keys.volume(number), volume.build().toByteString()));
        records.volumes((number, volume) -> {
            if (wanted.test(volume)) {
                visitor.accept(number);
            }
        });
    }

    /** Removes a vnode's row, whatever was done to it. */
    void dropRow(long file) {
        nodes.remove(file);
        rows.delete(Keys.vnode(file));
    }

    /** The group's record, to be changed. */
    GroupRecord.Builder group() {
        GroupRecord.Builder builder = group.orElseGet(() -> records.group().toBuilder());
        group = Optional.of(builder);
        return builder;
    }

    /** The answer is these vnodes. */
    void answer(Answer shown) {
        answer = Optional.of(shown);
    }

    /** The answer is this vnode. */
    void answer(Node file) {
        answer(new Answer(file, Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /** The answer is this vnode, in this folder. */
    void answer(Node file, Node parent) {
        answer(new Answer(file, Optional.of(parent), Optional.empty(), Optional.empty()));
    }

    /** The outcome, where it is not vnodes. */
    VolumeOutcome.Builder outcome() {
        return outcome;
    }

    /** Writes down all that the command changed, and says what came of it. */
    VolumeOutcome finish() {
        for (Node node : nodes.values()) {
            if (node.changed()) {
                finish(node);
            }
        }
        volumes.forEach(
                (number, volume) -> rows.put(Keys.volume(number), volume.build().toByteString()));
        group.ifPresent(record -> rows.put(Keys.GROUP, record.build().toByteString()));
        answer.ifPresent(shown -> outcome.setChanged(shown.changed()));
        if (outcome.getResultCase() == VolumeOutcome.ResultCase.RESULT_NOT_SET) {
            outcome.setNothing(Nothing.getDefaultInstance());
        }
        return outcome.build();
    }

    private void finish(Node node) {
        VnodeRecord record = node.finish(time);
        if (node.dropped()) {
            rows.delete(Keys.vnode(node.file()));
        } else {
            rows.put(Keys.vnode(node.file()), record.toByteString());
        }
        if (node.breaks()) {
            outcome.addBroken(node.broken());
        }
    }
}
