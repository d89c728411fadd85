package holdfast.server.files;

import holdfast.model.chunk.ChunkHash;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which chunks each client has sent, so that its stores may name them (rule 9: to know a hash is no
 * right to its bytes). Bounded; what was forgotten is sent again.
 */
final class Pushed {
    private static final int CHUNKS_PER_CLIENT = 65_536;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Map<ChunkHash, Long>> byClient = new HashMap<>();

    void note(long client, ChunkHash hash, long length) {
        lock.lock();
        try {
            byClient.computeIfAbsent(client, c -> bounded()).put(hash, length);
        } finally {
            lock.unlock();
        }
    }

    private static Map<ChunkHash, Long> bounded() {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<ChunkHash, Long> eldest) {
                return size() > CHUNKS_PER_CLIENT;
            }
        };
    }

    /** Whether the client has sent this chunk, of this length. */
    boolean has(long client, ChunkHash hash, long length) {
        lock.lock();
        try {
            return byClient.getOrDefault(client, Map.of()).getOrDefault(hash, -1L) == length;
        } finally {
            lock.unlock();
        }
    }

    void forget(long client) {
        lock.lock();
        try {
            byClient.remove(client);
        } finally {
            lock.unlock();
        }
    }
}
