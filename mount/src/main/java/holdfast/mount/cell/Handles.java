package holdfast.mount.cell;

import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What is open, by the numbers that the kernel has for it. Bounded by the kernel's own bounds. */
final class Handles<T> {
    private final ConcurrentHashMap<Long, T> open = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    long add(T opened) {
        long handle = last.incrementAndGet();
        open.put(handle, opened);
        return handle;
    }

    T get(long handle) {
        T opened = open.get(handle);
        if (opened == null) {
            throw new FuseException(Errno.EBADF, "no such handle");
        }
        return opened;
    }

    T remove(long handle) {
        T opened = open.remove(handle);
        if (opened == null) {
            throw new FuseException(Errno.EBADF, "no such handle");
        }
        return opened;
    }

    List<T> all() {
        return List.copyOf(open.values());
    }
}
