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

    /** The attributes of a vnode, seen when its state's {@code found} was this. */
    private record Known(long found, SortedMap<String, ByteString> values, long bytes) {}

    void keep(long file, long found, SortedMap<String, ByteString> values) {
        long size = BYTES_BESIDE;
        for (var each : values.entrySet()) {
            size += BYTES_BESIDE + each.getKey().length() + each.getValue().size();
        }
        lock.lock();
        try {
            forget(file);
            all.put(file, new Known(found, values, size));
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
    Optional<SortedMap<String, ByteString>> get(long file, long found) {
        lock.lock();
        try {
            return Optional.ofNullable(all.get(file))
                    .filter(known -> known.found() == found)
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
