package holdfast.mount.cell;

import holdfast.client.files.OpenRequest;
import holdfast.client.files.Stat;
import holdfast.client.files.VnodeAccess.Ref;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What the kernel knows by one node id: a vnode, or, of a file that is open at an older version,
 * that one. Threads may share it.
 */
final class Inode {
    /** Longer paths are cut at their beginning: they are for messages. */
    private static final int DEPTH_MAX = 1_024;

    private final long node;
    private final FileId file;
    private final Contents contents = new Contents();
    private volatile @Nullable Entry entry;
    private volatile @Nullable Stat removed;
    private volatile @Nullable OpenRequest toBeMade;

    /** Where it was found. */
    private record Entry(Inode directory, Name name) {}

    Inode(long node, FileId file) {
        this.node = node;
        this.file = file;
    }

    /** Its id in the kernel. */
    long node() {
        return node;
    }

    FileId file() {
        return file;
    }

    /** What its open files share. */
    Contents contents() {
        return contents;
    }

    /** It was found there, or moved there. */
    void found(Inode directory, Name name) {
        entry = new Entry(directory, name);
    }

    /**
     * Its last name was removed through this mount; who has it open, or stands in it, goes on with
     * it.
     *
     * @param last how it was then
     */
    void removed(Stat last) {
        removed = last;
    }

    boolean isRemoved() {
        return removed != null;
    }

    /** It never had a name, and may get one as {@code how} says. */
    void unnamed(Inode directory, Stat now, OpenRequest how) {
        found(directory, Name.of("#" + Long.toHexString(file.value())));
        toBeMade = how;
        removed = now;
    }

    /** It got its first name. */
    void named() {
        toBeMade = null;
        removed = null;
    }

    /** How it will be made when it gets a name; empty when it had one. */
    Optional<OpenRequest> unnamed() {
        return Optional.ofNullable(toBeMade);
    }

    /** How it was when it was removed. */
    Optional<Stat> lastSeen() {
        return Optional.ofNullable(removed);
    }

    /** By which name it was found last; empty, of the root. */
    Optional<Name> name() {
        return Optional.ofNullable(entry).map(Entry::name);
    }

    /** The directory in which it was found; itself, of the root. */
    Inode parent() {
        Entry found = entry;
        return found == null ? this : found.directory();
    }

    Ref ref() {
        return new Ref(file, path());
    }

    /** By which it was found last. */
    CellPath path() {
        Deque<Name> names = new ArrayDeque<>();
        Entry above = entry;
        while (above != null && names.size() < DEPTH_MAX) {
            names.addFirst(above.name());
            above = above.directory().entry;
        }
        return new CellPath(List.copyOf(names));
    }

    @Override
    public String toString() {
        return path() + " (" + file + ")";
    }
}
