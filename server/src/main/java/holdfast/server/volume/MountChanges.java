package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.volume.Access;
import holdfast.wire.log.DropMountPoint;
import holdfast.wire.log.EnsureMountPoint;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.log.VolumeRecord;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;

import java.util.Optional;

/** Mount points: folders of a volume on which the cell's map mounts another one (rule 10). */
final class MountChanges {
    private static final int MODE = 0755;

    private final Edit edit;
    private final Names names;

    MountChanges(Edit edit) {
        this.edit = edit;
        this.names = new Names(edit);
    }

    /** Mounts a volume at a path; folders that are not there are made. Repeating it is safe. */
    void ensure(EnsureMountPoint ensure) {
        int volume = ensure.getVolume();
        int mounted = ensure.getMounted();
        boolean possible = mounted >= 1
                && mounted <= FileId.VOLUME_MAX
                && mounted != volume
                && ensure.getNamesCount() >= 1
                && ensure.getNamesCount() <= CellPath.NAMES_MAX;
        if (!possible) {
            throw Refusal.of(FailureCode.INVALID, "volume " + mounted + " can't be mounted there");
        }
        edit.records().volume(volume);
        Node folder = edit.live(FileId.rootOf(volume).value());
        for (ByteString name : ensure.getNamesList()) {
            names.requireOpen(folder);
            folder = descend(folder, Names.checked(name));
        }
        mount(folder, mounted);
    }

    private void mount(Node folder, int mounted) {
        int before = folder.change().getMountedVolume();
        if (before == mounted) {
            return;
        }
        names.requireOpen(folder);
        drop(folder.id().volume(), mounted);
        folder.change().setMountedVolume(mounted);
        folder.touch();
        ByteString key = Keys.mount(folder.id().volume(), mounted);
        edit.rows().put(key, Keys.number(folder.file()));
    }

    private Node descend(Node parent, ByteString name) {
        Node child = edit.child(parent, name).orElseGet(() -> make(parent, name));
        if (!child.isFolder()) {
            throw Refusal.of(
                    FailureCode.NOT_A_DIRECTORY, "'" + Edit.shown(name) + "' is no directory");
        }
        return child;
    }

    private Node make(Node parent, ByteString name) {
        int volume = parent.id().volume();
        long vnode = VolumeChanges.takeIds(edit, volume, 1);
        Node folder = edit.make(VnodeRecord.newBuilder()
                .setAttributes(Attributes.newBuilder()
                        .setFile(FileId.of(volume, vnode).value())
                        .setType(FileType.FOLDER)
                        .setMode(MODE)
                        .setOwner(Access.ADMINISTRATOR)
                        .setGroup(Access.ADMINISTRATOR)
                        .setLinks(Creation.FOLDER_LINKS)
                        .setCreated(edit.time()))
                .build());
        names.put(parent, name, folder);
        VolumeRecord.Builder record = edit.volume(volume);
        record.setFiles(record.getFiles() + 1);
        return folder;
    }

    /** The volume is not mounted in this one any more; the folder stays. */
    void drop(DropMountPoint drop) {
        edit.records().volume(drop.getVolume());
        drop(drop.getVolume(), drop.getMounted());
    }

    private void drop(int volume, int mounted) {
        ByteString key = Keys.mount(volume, mounted);
        Optional<ByteString> row = edit.rows().get(key);
        if (row.isEmpty()) {
            return;
        }
        Node folder = edit.live(Keys.number(row.get(), 0));
        folder.change().clearMountedVolume();
        folder.touch();
        edit.rows().delete(key);
    }
}
