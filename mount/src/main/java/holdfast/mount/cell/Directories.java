package holdfast.mount.cell;

import holdfast.client.files.Stat;
import holdfast.client.files.VnodeAccess;
import holdfast.mount.fuse.Listing;
import holdfast.mount.fuse.Opened;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Open directories. A listing is taken as a whole when it is read from its beginning, so that
 * positions in it stay what they are while entries come and go. It brings the status of all entries
 * to this process, which answers the lookups that follow.
 */
final class Directories {
    /** "." and "..", which come first. */
    private static final int DOTS = 2;

    private final VnodeAccess cell;
    private final Handles<Handle> handles = new Handles<>();

    Directories(VnodeAccess cell) {
        this.cell = cell;
    }

    /** One open directory. */
    private static final class Handle {
        private final ReentrantLock lock = new ReentrantLock();
        private List<Stat.Entry> taken = List.of();
    }

    Opened open() {
        return Opened.of(handles.add(new Handle()));
    }

    void release(long handle) {
        Handle _ = handles.remove(handle);
    }

    void read(Inode directory, long handle, long offset, Listing into) throws InterruptedException {
        Handle open = handles.get(handle);
        open.lock.lockInterruptibly();
        try {
            if (directory.isRemoved()) {
                return;
            }
            if (offset == 0) {
                open.taken = take(directory);
            }
            add(directory, open.taken, offset, into);
        } finally {
            open.lock.unlock();
        }
    }

    private List<Stat.Entry> take(Inode directory) {
        List<Stat.Entry> entries = new ArrayList<>();
        return Errors.of(() -> {
            cell.list(directory.ref(), entries::add);
            return entries;
        });
    }

    private static void add(Inode directory, List<Stat.Entry> entries, long offset, Listing into) {
        long next = offset;
        boolean fits = true;
        while (fits && next < entries.size() + DOTS) {
            next++;
            fits = add(directory, entries, (int) next, into);
        }
    }

    /** Adds the entry number {@code next}, counted from 1; where it ends is its position. */
    private static boolean add(Inode directory, List<Stat.Entry> entries, int next, Listing into) {
        long number = directory.file().value();
        return switch (next) {
            case 1 -> into.addSelf(number, next);
            case 2 -> into.addParent(directory.parent().file().value(), next);
            default -> {
                Stat.Entry entry = entries.get(next - DOTS - 1);
                Stat stat = entry.stat();
                int type = Statuses.type(stat.type());
                yield into.add(entry.name(), stat.file().value(), type, next);
            }
        };
    }
}
