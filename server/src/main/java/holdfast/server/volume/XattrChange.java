package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.Access.Right;
import holdfast.model.volume.ModeBits;
import holdfast.model.volume.VnodeBounds;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.RemoveXattr;
import holdfast.wire.proto.SetXattr;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Changes of extended attributes, and who may make and see them (Linux xattr(7)). */
final class XattrChange {
    private static final ByteString USER = ByteString.copyFromUtf8("user.");
    private static final ByteString TRUSTED = ByteString.copyFromUtf8("trusted.");
    private static final ByteString SECURITY = ByteString.copyFromUtf8("security.");

    /** What a program may do beyond its user; worthless once the program was changed. */
    private static final ByteString CAPABILITY =
            SECURITY.concat(ByteString.copyFromUtf8("capability"));

    private final Edit edit;

    XattrChange(Edit edit) {
        this.edit = edit;
    }

    void set(SetXattr set) {
        Node node = edit.live(set.getFile());
        ByteString name = set.getName();
        Optional<AccessLists> list = AccessLists.named(name);
        if (list.isPresent()) {
            set(node, list.get(), set);
            return;
        }
        check(node.attributes(), name);
        if (set.getValue().size() > VnodeBounds.XATTR_VALUE_BYTES_MAX) {
            throw Refusal.of(FailureCode.LIMIT, "an attribute's value has at most 64 KiB");
        }
        Optional<ByteString> before = edit.rows().get(Keys.xattr(node.file(), name));
        checkPresence(set, before.isPresent());
        int grown = set.getValue().size() - before.map(ByteString::size).orElse(-name.size());
        count(node, before.isPresent() ? 0 : 1, grown);
        edit.rows().put(Keys.xattr(node.file(), name), set.getValue());
        edit.answer(node);
    }

    private void set(Node node, AccessLists list, SetXattr set) {
        list.check(edit.caller(), node.attributes());
        checkPresence(set, list.isOn(node.attributes()));
        list.set(edit.caller(), node, set.getValue());
        node.touch();
        edit.answer(node);
    }

    void remove(RemoveXattr remove) {
        Node node = edit.live(remove.getFile());
        ByteString name = remove.getName();
        Optional<AccessLists> list = AccessLists.named(name);
        if (list.isPresent()) {
            remove(node, list.get(), name);
            return;
        }
        check(node.attributes(), name);
        ByteString key = Keys.xattr(node.file(), name);
        ByteString before = edit.rows().get(key).orElseThrow(() -> none(name));
        count(node, -1, -name.size() - before.size());
        edit.rows().delete(key);
        edit.answer(node);
    }

    private void remove(Node node, AccessLists list, ByteString name) {
        list.check(edit.caller(), node.attributes());
        if (!list.isOn(node.attributes())) {
            throw none(name);
        }
        list.remove(node);
        node.touch();
        edit.answer(node);
    }

    /** Whoever changed the file: what it could do is not said of the new contents (Linux). */
    void removeCapability(Node node) {
        if (node.record().getXattrs() == 0) {
            return;
        }
        ByteString key = Keys.xattr(node.file(), CAPABILITY);
        edit.rows().get(key).ifPresent(value -> {
            count(node, -1, -CAPABILITY.size() - value.size());
            edit.rows().delete(key);
        });
    }

    /** Removes all of a vnode that goes; says how many rows that took. */
    int removeAll(Node node) {
        if (node.record().getXattrs() == 0) {
            return 0;
        }
        List<ByteString> keys = new ArrayList<>();
        ByteString prefix = Keys.xattrs(node.file());
        edit.rows().scan(prefix, prefix, (key, value) -> keys.add(key));
        keys.forEach(edit.rows()::delete);
        node.record().setXattrs(0).setXattrBytes(0);
        return keys.size();
    }

    /** Whether the caller may see the attribute. */
    static boolean visible(Permissions caller, Attributes vnode, ByteString name) {
        if (name.startsWith(USER)) {
            return caller.may(vnode, Right.READ);
        }
        return !name.startsWith(TRUSTED) || caller.administrator();
    }

    private static void checkPresence(SetXattr set, boolean present) {
        if (set.getCreate() && set.getReplace()) {
            throw Refusal.of(FailureCode.INVALID, "an attribute is created or replaced, not both");
        }
        if (set.getCreate() && present) {
            throw Refusal.of(FailureCode.ALREADY_EXISTS, "the attribute is there already");
        }
        if (set.getReplace() && !present) {
            throw none(set.getName());
        }
    }

    private static Refusal none(ByteString name) {
        return Refusal.of(FailureCode.NO_ATTRIBUTE, "no attribute '" + name.toStringUtf8() + "'");
    }

    private void count(Node node, int more, int bytes) {
        int total = node.record().getXattrBytes() + bytes;
        if (bytes > 0 && total > VnodeBounds.XATTRS_BYTES_MAX) {
            throw Refusal.of(FailureCode.LIMIT, "a file's attributes have at most 256 KiB in all");
        }
        int number = node.record().getXattrs() + more;
        node.record().setXattrs(number).setXattrBytes(total);
        node.touch();
    }

    private void check(Attributes vnode, ByteString name) {
        if (name.size() > VnodeBounds.XATTR_NAME_BYTES_MAX) {
            throw Refusal.of(
                    FailureCode.NAME_TOO_LONG, "an attribute's name has at most 255 bytes");
        }
        if (name.toStringUtf8().indexOf('\0') >= 0) {
            throw Refusal.of(FailureCode.INVALID, "an attribute's name has no NUL");
        }
        if (isIn(USER, name)) {
            checkUser(vnode);
        } else if (isIn(TRUSTED, name) || isIn(SECURITY, name)) {
            edit.caller().requireAdministrator();
        } else {
            throw Refusal.of(
                    FailureCode.UNSUPPORTED,
                    "an attribute's name starts with user., trusted. or security.");
        }
    }

    private static boolean isIn(ByteString prefix, ByteString name) {
        return name.startsWith(prefix) && name.size() > prefix.size();
    }

    private void checkUser(Attributes vnode) {
        boolean folder = vnode.getType() == FileType.FOLDER;
        boolean sticky = folder && ModeBits.has(vnode.getMode(), ModeBits.STICKY);
        if (!folder && vnode.getType() != FileType.FILE) {
            throw Refusal.of(
                    FailureCode.NOT_PERMITTED, "only files and directories have user attributes");
        }
        if (sticky) {
            edit.caller().requireOwner(vnode);
        } else {
            edit.caller().require(vnode, Right.WRITE);
        }
    }
}
