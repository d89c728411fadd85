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
    private final Permissions caller;
    private final Node node;

    AttributeChange(Edit edit, Node node) {
        this.caller = edit.caller();
        this.node = node;
    }

    static void apply(Edit edit, SetAttributes set) {
        Node node = edit.live(set.getFile());
        new AttributeChange(edit, node).apply(set.getChanges());
        edit.answer(node);
    }

    void apply(AttributeChanges changes) {
        if (changes.equals(AttributeChanges.getDefaultInstance())) {
            return;
        }
        check(changes);
        setOwner(changes);
        setMode(changes);
        setTimes(changes);
        node.touch();
    }

    private void check(AttributeChanges changes) {
        boolean ownersOnly = changes.hasMode()
                || changes.hasOwner()
                || changes.hasGroup()
                || changes.hasModified()
                || changes.hasAccessed();
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
        if (!group.equals(node.change().getGroup()) && !caller.memberOf(group)) {
            caller.requireAdministrator();
        }
        node.change().setOwner(principal(owner)).setGroup(principal(group));
        if ((changes.hasOwner() || changes.hasGroup()) && !node.isFolder()) {
            node.change().setMode(ModeBits.withoutPrivileges(node.change().getMode()));
        }
    }

    private void setMode(AttributeChanges changes) {
        if (changes.hasMode()) {
            int mode = mode(changes.getMode());
            boolean member = caller.memberOf(node.change().getGroup());
            node.change().setMode(member ? mode : mode & ~ModeBits.SET_GROUP);
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
