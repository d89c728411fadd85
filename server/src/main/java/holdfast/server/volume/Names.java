package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.Name;
import holdfast.model.volume.Access.Right;

/** What every change of a folder's list has in common. */
final class Names {
    private final Edit edit;

    Names(Edit edit) {
        this.edit = edit;
    }

    /** The folder, in which the caller may look up names. */
    Node searched(long file) {
        Node folder = edit.folder(file);
        edit.caller().require(folder.attributes(), Right.EXECUTE);
        return folder;
    }

    /** Checks that the caller may change the folder's list. */
    void requireWrite(Node folder) {
        edit.caller().require(folder.attributes(), Right.WRITE);
    }

    /** Checks that names may come into the folder: under a mounted volume nobody would see them. */
    void requireOpen(Node folder) {
        if (folder.isMountPoint()) {
            throw busy(folder);
        }
    }

    void requireFree(Node folder, ByteString name) {
        if (edit.records().child(folder.file(), name).isPresent()) {
            throw Refusal.of(FailureCode.ALREADY_EXISTS, "already exists");
        }
    }

    /** Checks that the caller may take {@code child} out of {@code folder}. */
    void requireRemovable(Node folder, Node child) {
        requireWrite(folder);
        edit.caller().requireUnstuck(folder.attributes(), child.attributes());
        if (child.isMountPoint()) {
            throw busy(child);
        }
    }

    static Refusal busy(Node folder) {
        return Refusal.of(
                FailureCode.BUSY,
                "volume " + folder.change().getMountedVolume() + " is mounted there");
    }

    /** Puts a name into the folder, which grows by it. */
    void put(Node folder, ByteString name, Node child) {
        edit.rows().put(Keys.entry(folder.file(), name), Keys.number(child.file()));
        folder.touchEntries(1, child.isFolder() ? 1 : 0);
        if (child.isFolder()) {
            child.record().setParent(folder.file());
        }
    }

    /** Takes a name out of the folder. */
    void take(Node folder, ByteString name, Node child) {
        edit.rows().delete(Keys.entry(folder.file(), name));
        folder.touchEntries(-1, child.isFolder() ? -1 : 0);
    }

    /** The child lost a name; without any it goes. */
    void unlink(Node child) {
        child.touch();
        int links = child.isFolder() ? 0 : child.change().getLinks() - 1;
        child.change().setLinks(links);
        if (links > 0) {
            return;
        }
        edit.volume(child.id().volume())
                .setFiles(edit.volume(child.id().volume()).getFiles() - 1);
        new XattrChange(edit).removeAll(child);
        if (child.isFile()) {
            new Versions(edit).unlink(child);
        } else {
            child.drop();
        }
    }

    static void requireEmpty(Node folder) {
        if (folder.change().getSize() > 0) {
            throw Refusal.of(
                    FailureCode.NOT_EMPTY,
                    "the directory still has " + folder.change().getSize() + " entries");
        }
    }

    /** The name, when it can be one. */
    static ByteString checked(ByteString name) {
        try {
            Name.of(name.toByteArray());
            return name;
        } catch (FailureException e) {
            throw Refusal.of(e.code(), e.failure().message());
        }
    }
}
