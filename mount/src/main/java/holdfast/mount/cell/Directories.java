package holdfast.mount.cell;

import holdfast.client.files.VnodeAccess;
import holdfast.client.files.VnodeAccess.Seen;
import holdfast.model.path.Name;
import holdfast.mount.fuse.Entry;
import holdfast.mount.fuse.Listing;
import holdfast.mount.fuse.Opened;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Open directories. A listing is taken as a whole when it is read from its beginning, so that
 * positions in it stay what they are while entries come and go.
 */
final class Directories {
    /** "." and "..", which come first. */
    private static final int DOTS = 2;

    private final VnodeAccess cell;
    private final Inodes inodes;
    private final Freshness freshness;
    private final Statuses statuses;
    private final Handles<Handle> handles = new Handles<>();

    Directories(VnodeAccess cell, Inodes inodes, Freshness freshness, Statuses statuses) {
        this.cell = cell;
        this.inodes = inodes;
        this.freshness = freshness;
        this.statuses = statuses;
    }

    private record Listed(Name name, Seen seen) {}

    /** A list as it was at {@code moment}. */
    private record Taken(List<Listed> entries, long moment, long nanos) {}

    /** One open directory. */
    private static final class Handle {
        private final ReentrantLock lock = new ReentrantLock();
        private Taken taken = new Taken(List.of(), 0, 0);
    }

    Opened open() {
        return Opened.of(handles.add(new Handle()));
    }

    void release(long handle) {
        Handle _ = handles.remove(handle);
    }

    void read(Inode directory, long handle, long offset, boolean withStatus, Listing into)
            throws InterruptedException {
        Handle open = handles.get(handle);
        open.lock.lockInterruptibly();
        try {
            if (offset == 0) {
                open.taken = take(directory);
            }
            add(directory, open.taken, offset, withStatus, into);
        } finally {
            open.lock.unlock();
        }
    }

    private Taken take(Inode directory) {
        long moment = freshness.moment();
        long now = System.nanoTime();
        List<Listed> entries = new ArrayList<>();
        Errors.of(() -> {
            cell.list(
                    directory.ref(), (name, seen) -> entries.add(new Listed(name, seen)));
            return entries;
        });
        return new Taken(entries, moment, now);
    }

    private void add(
            Inode directory, Taken taken, long offset, boolean withStatus, Listing into) {
        long number = directory.file().value();
        long next = offset;
        while (next < taken.entries().size() + DOTS) {
            boolean fits = next == 0
                    ? into.addSelf(number, 1)
                    : next == 1
                            ? into.addParent(number, 2)
                            : add(directory, taken, (int) next - DOTS, withStatus, into);
            if (!fits) {
                return;
            }
            next++;
        }
    }

    private boolean add(
            Inode directory, Taken taken, int index, boolean withStatus, Listing into) {
        Listed listed = taken.entries().get(index);
        long next = index + DOTS + 1;
        Seen seen = listed.seen();
        if (!withStatus) {
            int type = Statuses.type(seen.stat().type());
            return into.add(listed.name(), seen.stat().file().value(), type, next);
        }
        return addEntry(directory, taken, listed, next, into);
    }

    /**
     * The kernel notes names from lists at the epoch of their arrival, so that a break just before
     * would not be seen: it gets the attributes to keep, but not the name.
     */
    private boolean addEntry(
            Inode directory, Taken taken, Listed listed, long next, Listing into) {
        Inode inode = inodes.handOut(listed.seen().stat().file());
        inode.found(directory, listed.name());
        Duration left =
                listed.seen().attributesHold().minusNanos(System.nanoTime() - taken.nanos());
        Duration hold = left.isNegative() ? Duration.ZERO : left;
        Seen seen = new Seen(listed.seen().stat(), hold, Duration.ZERO);
        Entry entry = statuses.entry(inode, seen, taken.moment());
        boolean added = into.addEntry(listed.name(), entry, next);
        if (!added) {
            inodes.forget(inode.node(), 1);
        }
        return added;
    }
}
