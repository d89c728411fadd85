package holdfast.server.chunk;

import holdfast.model.chunk.ChunkHash;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Under which collection's number a chunk was last pushed (rule 6a). Known since this start only: a
 * chunk that was here before counts as pushed under the first number heard of, so that a restart
 * keeps chunks longer, never shorter.
 */
final class Pushes {
    /** A collection leaves what was pushed under its number or the one before. */
    private static final int KEPT = 2;

    private final Map<ChunkHash, Long> last = new ConcurrentHashMap<>();
    private final AtomicLong first = new AtomicLong(Long.MAX_VALUE);

    void heardOf(long collection) {
        first.compareAndSet(Long.MAX_VALUE, collection);
    }

    void pushed(ChunkHash hash, long collection) {
        heardOf(collection);
        last.merge(hash, collection, Math::max);
    }

    /** Whether collection number {@code collection} may remove it, as far as pushes go. */
    boolean mayGo(ChunkHash hash, long collection) {
        return last.getOrDefault(hash, first.get()) <= collection - KEPT;
    }

    void forget(ChunkHash hash) {
        last.remove(hash);
    }

    /** Forgets numbers that keep nothing any more: from now on they say what their absence says. */
    void ended(long collection) {
        last.values().removeIf(number -> number <= collection - KEPT);
    }
}
