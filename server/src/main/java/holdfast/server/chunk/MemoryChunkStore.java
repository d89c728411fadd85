package holdfast.server.chunk;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Bulk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** Chunks in memory, up to a given number of bytes: for tests and simulations. */
public final class MemoryChunkStore implements ChunkStore {
    private final long capacity;
    private final Pushes pushes = new Pushes();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<ChunkHash, byte[]> chunks = new HashMap<>();
    private final Set<ChunkHash> synced = new HashSet<>();
    private long bytes;

    /** An empty store for {@code capacity} bytes. */
    public MemoryChunkStore(long capacity) {
        this.capacity = capacity;
    }

    /**
     * The store as it is found after the machine lost power: with what was synced, and of the rest
     * with what {@code kept} chooses.
     */
    public MemoryChunkStore afterPowerLoss(Predicate<ChunkHash> kept) {
        MemoryChunkStore found = new MemoryChunkStore(capacity);
        lock.lock();
        try {
            chunks.forEach((hash, contents) -> {
                if (synced.contains(hash) || kept.test(hash)) {
                    found.chunks.put(hash, contents);
                    found.synced.add(hash);
                    found.bytes += contents.length;
                }
            });
        } finally {
            lock.unlock();
        }
        return found;
    }

    @Override
    public void put(ChunkHash hash, long length, long collection, ReadableByteChannel in) {
        if (length < 1 || length > ChunkBounds.CHUNK_BYTES_MAX) {
            throw FailureException.of(FailureCode.INVALID, "a chunk of " + length + " bytes");
        }
        if (!has(hash) && length > freeBytes()) {
            throw FailureException.of(
                    FailureCode.NO_SPACE, "no space left for " + length + " bytes");
        }
        byte[] contents = read(length, in);
        if (!ChunkHash.ofContents(contents).equals(hash)) {
            throw FailureException.of(
                    FailureCode.DAMAGED, "a chunk has not the hash it was sent with");
        }
        lock.lock();
        try {
            pushes.pushed(hash, collection);
            if (chunks.putIfAbsent(hash, contents) == null) {
                bytes += length;
            }
        } finally {
            lock.unlock();
        }
    }

    private static byte[] read(long length, ReadableByteChannel in) {
        ByteBuffer contents = ByteBuffer.allocate(Math.toIntExact(length));
        try {
            Bulk.receive(in, length, contents::put);
        } catch (IOException e) {
            throw new FailureException(
                    Failure.of(
                            FailureCode.DAMAGED, "a chunk did not arrive whole: " + e.getMessage()),
                    e);
        }
        return contents.array();
    }

    @Override
    public boolean touch(ChunkHash hash, long collection) {
        lock.lock();
        try {
            pushes.heardOf(collection);
            if (!chunks.containsKey(hash)) {
                return false;
            }
            pushes.pushed(hash, collection);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean has(ChunkHash hash) {
        lock.lock();
        try {
            return chunks.containsKey(hash);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void sync(Collection<ChunkHash> hashes) {
        hashes.forEach(this::get);
        lock.lock();
        try {
            synced.addAll(hashes);
        } finally {
            lock.unlock();
        }
    }

    private byte[] get(ChunkHash hash) {
        lock.lock();
        try {
            byte[] contents = chunks.get(hash);
            if (contents == null) {
                throw FailureException.of(
                        FailureCode.LACKS_CHUNKS, "chunk " + hash + " is not here");
            }
            return contents;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public OpenChunks open(List<ChunkHash> hashes) {
        return new OpenBytes(hashes.stream().map(this::get).toList());
    }

    private record OpenBytes(List<byte[]> parts) implements OpenChunks {
        @Override
        public long length() {
            return parts.stream().mapToLong(part -> part.length).sum();
        }

        @Override
        public void writeTo(WritableByteChannel out) throws IOException {
            for (byte[] part : parts) {
                ByteBuffer left = ByteBuffer.wrap(part);
                while (left.hasRemaining()) {
                    out.write(left);
                }
            }
        }

        @Override
        public void close() {}
    }

    @Override
    public long collect(long collection, Predicate<ChunkHash> named) {
        lock.lock();
        try {
            pushes.heardOf(collection);
            long before = bytes;
            chunks.entrySet().removeIf(chunk -> {
                boolean goes =
                        pushes.mayGo(chunk.getKey(), collection) && !named.test(chunk.getKey());
                if (goes) {
                    bytes -= chunk.getValue().length;
                    pushes.forget(chunk.getKey());
                    synced.remove(chunk.getKey());
                }
                return goes;
            });
            pushes.ended(collection);
            return before - bytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void verify(ChunkHash hash) {
        get(hash);
    }

    @Override
    public long freeBytes() {
        return capacity - bytes();
    }

    @Override
    public long capacityBytes() {
        return capacity;
    }

    @Override
    public long chunks() {
        lock.lock();
        try {
            return chunks.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {}
}
