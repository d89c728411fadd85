package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.wire.proto.Remove;

/** Removes names, and with the last one what they named (POSIX unlink, rmdir). */
final class Removal {
    private final Edit edit;

    Removal(Edit edit) {
        this.edit = edit;
    }

    void remove(Remove remove) {
        Names names = new Names(edit);
        ByteString name = Names.checked(remove.getName());
        Node parent = names.searched(remove.getParent());
        Node child = edit.childThere(parent, name);
        if (remove.getExpected() != 0 && remove.getExpected() != child.file()) {
            throw Refusal.of(
                    FailureCode.STALE, "'" + Edit.shown(name) + "' is another file by now");
        }
        names.requireRemovable(parent, child);
        checkType(child, remove.getFolder());
        names.take(parent, name, child);
        names.unlink(child);
        edit.answer(child, parent);
    }

    private static void checkType(Node child, boolean folder) {
        if (folder && !child.isFolder()) {
            throw Refusal.of(FailureCode.NOT_A_DIRECTORY, "not a directory");
        }
        if (!folder && child.isFolder()) {
            throw Refusal.of(FailureCode.IS_A_DIRECTORY, "it is a directory");
        }
        if (folder) {
            Names.requireEmpty(child);
        }
    }
}
