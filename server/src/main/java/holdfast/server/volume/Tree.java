package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.id.FileId;

import java.util.ArrayList;
import java.util.List;

/** Where folders lie: a folder has one parent, the root is its own. */
final class Tree {
    private final Records records;

    Tree(Records records) {
        this.records = records;
    }

    /** Whether {@code folder} is {@code ancestor} or lies below it. */
    boolean isIn(long folder, long ancestor) {
        long at = folder;
        while (at != ancestor) {
            if (new FileId(at).isRoot()) {
                return false;
            }
            at = parent(at);
        }
        return true;
    }

    /** Whether a volume is mounted at {@code folder} or below it. */
    boolean holdsMountPoint(FileId folder) {
        for (long mountPoint : mountPoints(folder.volume())) {
            if (isIn(mountPoint, folder.value())) {
                return true;
            }
        }
        return false;
    }

    private List<Long> mountPoints(int volume) {
        List<Long> folders = new ArrayList<>();
        ByteString prefix = Keys.mounts(volume);
        records.rows().scan(prefix, prefix, (key, value) -> folders.add(Keys.number(value, 0)));
        return folders;
    }

    private long parent(long folder) {
        return records.vnode(folder)
                .orElseThrow(() -> {
                    return new IllegalStateException("no folder " + new FileId(folder));
                })
                .getParent();
    }
}
