package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.id.FileId;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.log.VolumeRecord;
import holdfast.wire.proto.FileType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Removes the rows of dropped volumes in steps of bounded size: vnode by vnode, and of each first
 * the names in it, its attributes, its replaced versions, its contents.
 */
final class Clearing {
    /** About how many rows one step removes; one version's chunks may come on top. */
    static final int ROWS_PER_STEP = 2_000;

    private final Edit edit;
    private final Versions versions;
    private int left = ROWS_PER_STEP;

    Clearing(Edit edit) {
        this.edit = edit;
        this.versions = new Versions(edit);
    }

    /** One step for the first dropped volume of which something is left. */
    void step() {
        for (int volume : uncleared(edit)) {
            clear(volume);
            if (left <= 0) {
                return;
            }
        }
    }

    /** The dropped volumes that still have rows, those of this command included. */
    private static List<Integer> uncleared(Edit edit) {
        List<Integer> numbers = new ArrayList<>();
        edit.volumes(record -> record.getDropped() && !record.getCleared(), numbers::add);
        return numbers;
    }

    private void clear(int volume) {
        while (left > 0) {
            VolumeRecord.Builder progress = edit.droppedVolume(volume);
            Optional<VnodeRecord> next = firstVnode(volume, progress.getClearFrom());
            if (next.isEmpty()) {
                removeAll(Keys.mounts(volume));
                progress.setCleared(true).setFiles(0).setUsedBytes(0);
                return;
            }
            progress.setClearFrom(new FileId(next.get().getAttributes().getFile()).vnode());
            clear(next.get());
        }
    }

    private Optional<VnodeRecord> firstVnode(int volume, long from) {
        List<VnodeRecord> found = new ArrayList<>();
        ByteString first = Keys.vnode(FileId.of(volume, Math.max(from, 1)).value());
        edit.rows().scan(Keys.VNODES, first, (key, value) -> {
            long file = Keys.number(key, Keys.VNODES.size());
            if (new FileId(file).volume() == volume) {
                found.add(Records.parse(VnodeRecord.parser(), value));
            }
            return false;
        });
        return found.stream().findFirst();
    }

    private void clear(VnodeRecord record) {
        long file = record.getAttributes().getFile();
        removeAll(Keys.entries(file));
        removeAll(Keys.xattrs(file));
        while (left > 0 && collectOldest(file)) {
            // goes on
        }
        if (left <= 0) {
            return;
        }
        boolean current = record.getAttributes().getType() == FileType.FILE
                && record.getAttributes().getLinks() > 0;
        if (current) {
            left -= versions.removeCurrent(new Node(record));
        }
        edit.dropRow(file);
        left--;
    }

    private boolean collectOldest(long file) {
        List<Long> oldest = new ArrayList<>();
        ByteString prefix = Keys.replaced(file);
        edit.rows().scan(prefix, prefix, (key, value) -> {
            oldest.add(Keys.number(key, prefix.size()));
            return false;
        });
        oldest.forEach(version -> left -= versions.collect(file, version));
        return !oldest.isEmpty();
    }

    /** Removes rows up to the bound; each by its key, so that the step is the same everywhere. */
    private void removeAll(ByteString prefix) {
        List<ByteString> keys = new ArrayList<>();
        if (left <= 0) {
            return;
        }
        edit.rows().scan(prefix, prefix, (key, value) -> {
            keys.add(key);
            return keys.size() < left;
        });
        keys.forEach(edit.rows()::delete);
        left -= keys.size();
    }
}
