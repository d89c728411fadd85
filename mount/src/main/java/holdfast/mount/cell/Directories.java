package holdfast.mount.cell;

import holdfast.client.files.Stat;
import holdfast.client.files.VnodeAccess;
import holdfast.model.path.Name;
import holdfast.mount.fuse.Listing;
import holdfast.mount.fuse.Opened;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Open directories. A listing is taken as a whole when it is read from its beginning, so that
 * positions in it stay what they are while entries come and go; of a huge one only a part is held
 * at a time, which then goes on behind the last name. Who reads that in one go sees each entry that
 * is there all the time just once; who seeks back in it while it changes may not.
 *
 * <p>Listing brings the status of the entries to this process, which answers the lookups that
 * follow.
 */
final class Directories {
    /** "." and "..", which come first. */
    private static final int DOTS = 2;

    private final VnodeAccess cell;
    private final int partMax;
    private final Handles<Handle> handles = new Handles<>();

    /** Of a listing at most {@code partMax} entries are taken at a time, twice that are held. */
    Directories(VnodeAccess cell, int partMax) {
        this.cell = cell;
        this.partMax = partMax;
    }

    /** An entry, as a listing shows it. */
    private record Line(Name name, long number, int type) {
        static Line of(Stat.Entry entry) {
            Stat stat = entry.stat();
            return new Line(entry.name(), stat.file().value(), Statuses.type(stat.type()));
        }
    }

    /** One open directory, with the part of its listing that is held. */
    private static final class Handle {
        private final ReentrantLock lock = new ReentrantLock();
        private List<Line> held = List.of();
        private long first; // the place of the first that is held, counted from 0
        private boolean more;
        private final NavigableMap<Long, Optional<Name>> parts =
                new TreeMap<>(); // what came before
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
                open.parts.clear();
                takePart(directory, open, 0, Optional.empty());
            }
            add(directory, open, offset, into);
        } finally {
            open.lock.unlock();
        }
    }

    private void add(Inode directory, Handle open, long offset, Listing into) {
        long number = directory.file().value();
        long parent = directory.parent().file().value();
        long next = offset + 1; // where it goes on behind the entry to be added
        if (next == 1 && into.addSelf(number, next)) {
            next++;
        }
        if (next == DOTS && into.addParent(parent, next)) {
            next++;
        }
        while (next > DOTS) {
            Optional<Line> line = line(directory, open, next - DOTS - 1);
            if (line.isEmpty() || !add(line.get(), next, into)) {
                return;
            }
            next++;
        }
    }

    private static boolean add(Line line, long next, Listing into) {
        return into.add(line.name(), line.number(), line.type(), next);
    }

    /** The entry at this place; empty behind the last. */
    private Optional<Line> line(Inode directory, Handle open, long place) {
        if (place < open.first) {
            var part = Objects.requireNonNull(open.parts.floorEntry(place), "the first part");
            takePart(directory, open, part.getKey(), part.getValue());
        }
        while (place >= end(open)) {
            if (!open.more || open.held.isEmpty()) {
                return Optional.empty();
            }
            goOn(directory, open);
        }
        return Optional.of(open.held.get((int) (place - open.first)));
    }

    private static long end(Handle open) {
        return open.first + open.held.size();
    }

    /**
     * Holds the part that was held last, since the kernel may ask for some of it again, and one
     * more.
     */
    private void goOn(Inode directory, Handle open) {
        List<Line> before = open.held;
        long first = open.first;
        Name last = before.getLast().name();
        takePart(directory, open, end(open), Optional.of(last));
        int keep = Math.min(before.size(), partMax);
        List<Line> both = new ArrayList<>(before.subList(before.size() - keep, before.size()));
        both.addAll(open.held);
        open.first = first + before.size() - keep;
        open.held = both;
    }

    private void takePart(Inode directory, Handle open, long first, Optional<Name> after) {
        List<Line> lines = new ArrayList<>();
        open.more = Errors.of(() ->
                cell.list(directory.ref(), after, partMax, entry -> lines.add(Line.of(entry))));
        open.first = first;
        open.held = lines;
        open.parts.put(first, after);
    }
}
