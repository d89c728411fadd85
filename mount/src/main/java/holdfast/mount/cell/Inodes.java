package holdfast.mount.cell;

import holdfast.model.id.FileId;
import holdfast.mount.fuse.Entry;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The inodes that the kernel knows. It counts how often each was handed to it, and gives all of
 * them back at last; so the kernel's own bounds bound this table.
 */
final class Inodes {
    private final ConcurrentHashMap<Long, Counted> byNode = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<FileId, Inode> byFile = new ConcurrentHashMap<>();
    private final AtomicLong next = new AtomicLong(Entry.ROOT + 1);

    private record Counted(Inode inode, long lookups) {}

    /** The root, which is never forgotten, leads to {@code file}. */
    Inode root(FileId file) {
        Inode root = new Inode(Entry.ROOT, file);
        byNode.put(root.node(), new Counted(root, 1));
        byFile.put(file, root);
        return root;
    }

    /** The inode with this id. */
    Inode get(long node) {
        Counted known = byNode.get(node);
        if (known == null) {
            throw new FuseException(Errno.ESTALE, "the kernel asks for a node it gave back");
        }
        return known.inode();
    }

    /** The inode that is handed out for {@code file}, if the kernel knows one. */
    @Nullable
    Inode of(FileId file) {
        return byFile.get(file);
    }

    /** Hands the inode of {@code file} to the kernel once more. */
    Inode handOut(FileId file) {
        while (true) {
            Inode inode = byFile.computeIfAbsent(
                    file, absent -> new Inode(next.getAndIncrement(), absent));
            boolean counted = byNode.compute(inode.node(), (node, known) -> {
                        if (known == null) {
                            // Given back just now, unless it is new.
                            return byFile.get(file) == inode ? new Counted(inode, 1) : null;
                        }
                        return new Counted(inode, known.lookups() + 1);
                    })
                    != null;
            if (counted) {
                return inode;
            }
        }
    }

    /** What is open keeps {@code old}; the next to look its file up gets another. */
    void replace(Inode old) {
        byFile.remove(old.file(), old);
    }

    /** The kernel gives {@code lookups} back. */
    void forget(long node, long lookups) {
        byNode.computeIfPresent(node, (same, known) -> {
            long left = known.lookups() - lookups;
            if (left > 0 || node == Entry.ROOT) {
                return new Counted(known.inode(), Math.max(1, left));
            }
            byFile.remove(known.inode().file(), known.inode());
            return null;
        });
    }

    /** All of them, at some moment. */
    List<Inode> all() {
        return byNode.values().stream().map(Counted::inode).toList();
    }
}
