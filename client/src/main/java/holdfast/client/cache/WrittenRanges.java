package holdfast.client.cache;

import holdfast.model.chunk.ByteRange;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What was written, as a bounded list of ranges: when there are too many, the two that are closest
 * become one. Safe for many threads.
 */
final class WrittenRanges {
    static final int RANGES_MAX = 4_096;

    private final ReentrantLock lock = new ReentrantLock();
    private final NavigableMap<Long, Long> ends =
            new TreeMap<>(); // by start; disjoint, not touching
    private boolean unknown;

    /** Bytes {@code start} to {@code end - 1} were written. */
    void add(long start, long end) {
        if (end <= start) {
            return;
        }
        lock.lock();
        try {
            long from = start;
            long to = end;
            Map.Entry<Long, Long> near = ends.floorEntry(to);
            while (near != null && near.getValue() >= from) {
                from = Math.min(from, near.getKey());
                to = Math.max(to, near.getValue());
                ends.remove(near.getKey());
                near = ends.floorEntry(to);
            }
            ends.put(from, to);
            if (ends.size() > RANGES_MAX) {
                mergeClosest();
            }
        } finally {
            lock.unlock();
        }
    }

    private void mergeClosest() {
        long gap = Long.MAX_VALUE;
        ByteRange closest = new ByteRange(0, 0); // between two ranges
        long end = -1;
        for (Map.Entry<Long, Long> range : ends.entrySet()) {
            if (end >= 0 && range.getKey() - end < gap) {
                gap = range.getKey() - end;
                closest = new ByteRange(end, range.getKey());
            }
            end = range.getValue();
        }
        Map.Entry<Long, Long> before = ends.lowerEntry(closest.end());
        Long to = ends.remove(closest.end());
        if (before != null && to != null) {
            ends.put(before.getKey(), to);
        }
    }

    /** Anything may have been written. */
    void addUnknown() {
        lock.lock();
        try {
            unknown = true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the ranges are all that was written. */
    boolean known() {
        lock.lock();
        try {
            return !unknown;
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return !unknown && ends.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    List<ByteRange> list() {
        lock.lock();
        try {
            List<ByteRange> list = new ArrayList<>(ends.size());
            ends.forEach((start, end) -> list.add(new ByteRange(start, end)));
            return list;
        } finally {
            lock.unlock();
        }
    }

    /** All of it was stored. */
    void clear() {
        lock.lock();
        try {
            ends.clear();
            unknown = false;
        } finally {
            lock.unlock();
        }
    }
}
