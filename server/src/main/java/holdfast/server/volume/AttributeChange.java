package holdfast.server.volume;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.Access.Right;
import holdfast.model.volume.ModeBits;
import holdfast.model.volume.VnodeBounds;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.SetAttributes;

import java.nio.charset.StandardCharsets;

/** A change of one vnode's mode, owner, group or times (POSIX chmod, chown, utimensat). */
final class AttributeChange {
    private final Edit edit;
    private final Permissions caller;
    private final Node node;

    AttributeChange(Edit edit, Node node) {
        this.edit = edit;
        this.caller = edit.caller();
        this.node = node;
    }

    static void apply(Edit edit, SetAttributes set) {
        Node node = edit.live(set.getFile());
        AttributeChanges changes = set.getChanges();
        new AttributeChange(edit, node)
                .apply(changes, changes.getModifiedNow() == changes.getAccessedNow());
        edit.answer(node);
    }

    /** Changes that come with contents, whose modification time is set in any case. */
    void apply(AttributeChanges changes) {
        apply(changes, true);
    }

    /** Who may write may set both times to now, and nothing else (POSIX utimensat). */
    private void apply(AttributeChanges changes, boolean bothOrNone) {
        if (changes.equals(AttributeChanges.getDefaultInstance())) {
            return;
        }
        check(changes, bothOrNone);
        setOwner(changes);
        setMode(changes);
        setTimes(changes);
        node.touch();
    }

    private void check(AttributeChanges changes, boolean bothOrNone) {
        boolean ownersOnly = changes.hasMode()
                || changes.hasOwner()
                || changes.hasGroup()
                || changes.hasModified()
                || changes.hasAccessed()
                || !bothOrNone;
        if (ownersOnly) {
            caller.requireOwner(node.attributes());
        } else if (!caller.owns(node.attributes())) {
            caller.require(node.attributes(), Right.WRITE);
        }
    }

    private void setOwner(AttributeChanges changes) {
        String owner = changes.hasOwner() ? changes.getOwner() : node.change().getOwner();
        String group = changes.hasGroup() ? changes.getGroup() : node.change().getGroup();
        if (!owner.equals(node.change().getOwner())) {
            caller.requireAdministrator();
        }
        if (!group.equals(node.change().getGroup())) {
            caller.requireMemberOf(group);
        }
        if ((changes.hasOwner() || changes.hasGroup()) && !node.isFolder()) {
            dropModes();
            new XattrChange(edit).removeCapability(node);
        }
        node.change().setOwner(principal(owner)).setGroup(principal(group));
    }

    /** Its contents were changed: who runs it gets no privileges by it any more. */
    void dropPrivileges() {
        if (!caller.administrator()) {
            dropModes();
        }
        new XattrChange(edit).removeCapability(node);
    }

    private void dropModes() {
        boolean member = caller.memberOf(node.change().getGroup());
        node.change().setMode(ModeBits.withoutPrivileges(node.change().getMode(), member));
    }

    private void setMode(AttributeChanges changes) {
        if (changes.hasMode()) {
            int mode = mode(changes.getMode());
            boolean member = caller.memberOf(node.change().getGroup());
            AccessLists.changeMode(node.change(), member ? mode : mode & ~ModeBits.SET_GROUP);
        }
    }

    private void setTimes(AttributeChanges changes) {
        if (changes.getModifiedNow()) {
            node.modifyNow();
        } else if (changes.hasModified()) {
            node.modifyAt(Moments.check(changes.getModified()));
        }
        if (changes.getAccessedNow()) {
            node.accessNow();
        } else if (changes.hasAccessed()) {
            node.accessAt(Moments.check(changes.getAccessed()));
        }
    }

    static int mode(int mode) {
        if (!ModeBits.valid(mode)) {
            throw Refusal.of(FailureCode.INVALID, "no mode: " + Integer.toUnsignedString(mode, 8));
        }
        return mode;
    }

    static String principal(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > VnodeBounds.PRINCIPAL_BYTES_MAX) {
            throw Refusal.of(
                    FailureCode.INVALID, "a user's or group's name has 1 to 255 bytes of UTF-8");
        }
        return name;
    }
}
