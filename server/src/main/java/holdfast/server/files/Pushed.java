package holdfast.server.files;

import holdfast.model.chunk.ChunkHash;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which chunks each client has sent for which file, and under which collection, so that its stores
 * may name them (rule 9: to know a hash is no right to its bytes). Bounded by chunks; what is
 * forgotten, the longest untouched first, must be sent again.
 */
final class Pushed {
    private final int chunksMax;
    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<Target, Map<Chunk, Long>> targets =
            new LinkedHashMap<>(16, 0.75f, true);
    private int size;

    Pushed(int chunksMax) {
        this.chunksMax = chunksMax;
    }

    /**
     * What chunks are sent for.
     *
     * @param file to be stored, or the folder in which it will be made
     */
    record Target(long client, long file) {}

    private record Chunk(ChunkHash hash, long length) {}

    void note(Target target, ChunkHash hash, long length, long collection) {
        lock.lock();
        try {
            Map<Chunk, Long> chunks = targets.computeIfAbsent(target, t -> new HashMap<>());
            if (chunks.put(new Chunk(hash, length), collection) == null) {
                size++;
            }
            makeRoom();
        } finally {
            lock.unlock();
        }
    }

    private void makeRoom() {
        Iterator<Map<Chunk, Long>> eldest = targets.values().iterator();
        while (size > chunksMax && eldest.hasNext()) {
            size -= eldest.next().size();
            eldest.remove();
        }
    }

    /** The collection under which it was sent last; empty when it was not. */
    OptionalLong collection(Target target, ChunkHash hash, long length) {
        lock.lock();
        try {
            Long under = targets.getOrDefault(target, Map.of()).get(new Chunk(hash, length));
            return under == null ? OptionalLong.empty() : OptionalLong.of(under);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets what was sent under collections before {@code oldest}: a commit refuses it. */
    void expire(long oldest) {
        lock.lock();
        try {
            targets.values().removeIf(chunks -> {
                size -= chunks.size();
                chunks.values().removeIf(under -> under < oldest);
                size += chunks.size();
                return chunks.isEmpty();
            });
        } finally {
            lock.unlock();
        }
    }
}
