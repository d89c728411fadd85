package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.Access.Right;
import holdfast.wire.proto.Rename;

import java.util.Optional;

/**
 * Moves a name, over another one or in exchange for it (POSIX rename; Linux renameat2's flags). The
 * order of the checks follows Linux where POSIX leaves it open.
 */
final class Renaming {
    private final Edit edit;
    private final Names names;
    private final Rename rename;
    private final ByteString fromName;
    private final ByteString toName;
    private final Node from;
    private final Node to;

    Renaming(Edit edit, Rename rename) {
        this.edit = edit;
        this.names = new Names(edit);
        this.rename = rename;
        this.fromName = Names.checked(rename.getFromName());
        this.toName = Names.checked(rename.getToName());
        this.from = names.searched(rename.getFrom());
        this.to = names.searched(rename.getTo());
    }

    void rename() {
        if (from.id().volume() != to.id().volume()) {
            throw Refusal.of(FailureCode.CROSS_VOLUME, "a rename stays in one volume");
        }
        Node moved = edit.childThere(from, fromName);
        Optional<Node> found = target();
        Optional<Node> target = found.filter(other -> other != moved);
        if (found.equals(target)) {
            checkMove(moved, from, to);
            target.ifPresent(other -> names.requireRemovable(to, other));
            if (rename.getExchange()) {
                exchange(moved, target.orElseThrow());
            } else {
                move(moved, target);
            }
        }
        edit.answer(new Edit.Answer(moved, Optional.of(from), Optional.of(to), target));
    }

    private Optional<Node> target() {
        if (rename.getNoReplace() && rename.getExchange()) {
            throw Refusal.of(FailureCode.INVALID, "a rename replaces nothing or exchanges");
        }
        if (rename.getNoReplace()) {
            names.requireFree(to, toName);
        }
        return rename.getExchange()
                ? Optional.of(edit.childThere(to, toName))
                : edit.child(to, toName);
    }

    /** Whether {@code node} may go from one folder to another. */
    private void checkMove(Node node, Node source, Node goal) {
        names.requireRemovable(source, node);
        names.requireWrite(goal);
        names.requireOpen(goal);
        if (!node.isFolder()) {
            return;
        }
        Tree tree = new Tree(edit.records());
        if (tree.isIn(goal.file(), node.file())) {
            throw Refusal.of(FailureCode.INVALID, "a directory can't be moved into itself");
        }
        if (source != goal) {
            edit.caller().require(node.attributes(), Right.WRITE);
        }
        if (tree.holdsMountPoint(node.id())) {
            throw Refusal.of(FailureCode.BUSY, "a volume is mounted below it");
        }
    }

    private void move(Node moved, Optional<Node> target) {
        target.ifPresent(other -> {
            checkReplace(moved, other);
            names.take(to, toName, other);
            names.unlink(other);
        });
        names.take(from, fromName, moved);
        names.put(to, toName, moved);
        moved.touch();
    }

    private static void checkReplace(Node moved, Node target) {
        if (moved.isFolder() && !target.isFolder()) {
            throw Refusal.of(FailureCode.NOT_A_DIRECTORY, "a directory can't replace a file");
        }
        if (!moved.isFolder() && target.isFolder()) {
            throw Refusal.of(FailureCode.IS_A_DIRECTORY, "a file can't replace a directory");
        }
        if (target.isFolder()) {
            Names.requireEmpty(target);
        }
    }

    private void exchange(Node moved, Node other) {
        checkMove(other, to, from);
        names.take(from, fromName, moved);
        names.take(to, toName, other);
        names.put(to, toName, moved);
        names.put(from, fromName, other);
        moved.touch();
        other.touch();
    }
}
