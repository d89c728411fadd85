package holdfast.client.files;

import com.google.protobuf.ByteString;

import holdfast.wire.proto.Xattr;

import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Extended attributes that this client has seen, a bounded number of bytes of them; those used last
 * stay. Whether they still hold is for {@link VnodeCache} to say. Safe for many threads.
 */
final class KnownXattrs {
    private static final long BYTES_MAX = 8L << 20;
    private static final int BYTES_BESIDE = 256;

    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<Long, Known> all = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /**
     * The attributes of a vnode, seen when its state's {@code found} was this; forgotten with it,
     * since that of the next one of the same file says nothing of them.
     */
    private record Known(
            CachedVnode vnode, long found, SortedMap<String, ByteString> values, long bytes) {}

    void keep(CachedVnode vnode, long found, SortedMap<String, ByteString> values) {
        long size = BYTES_BESIDE;
        for (var each : values.entrySet()) {
            size += BYTES_BESIDE + each.getKey().length() + each.getValue().size();
        }
        lock.lock();
        try {
            forget(vnode.file().value());
            all.put(vnode.file().value(), new Known(vnode, found, values, size));
            bytes += size;
            Iterator<Known> oldest = all.values().iterator();
            while (bytes > BYTES_MAX) {
                bytes -= oldest.next().bytes();
                oldest.remove();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What was seen at {@code found}. */
    Optional<SortedMap<String, ByteString>> get(CachedVnode vnode, long found) {
        lock.lock();
        try {
            return Optional.ofNullable(all.get(vnode.file().value()))
                    .filter(known -> known.vnode() == vnode && known.found() == found)
                    .map(Known::values);
        } finally {
            lock.unlock();
        }
    }

    void forget(long file) {
        lock.lock();
        try {
            Known known = all.remove(file);
            bytes -= known == null ? 0 : known.bytes();
        } finally {
            lock.unlock();
        }
    }

    /** Attributes by their names. */
    static SortedMap<String, ByteString> byName(List<Xattr> items) {
        SortedMap<String, ByteString> values = new TreeMap<>();
        items.forEach(item -> values.put(item.getName().toStringUtf8(), item.getValue()));
        return Collections.unmodifiableSortedMap(values);
    }
}
