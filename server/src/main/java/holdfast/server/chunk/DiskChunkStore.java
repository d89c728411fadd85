package holdfast.server.chunk;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.failure.FullDisk;
import holdfast.wire.transport.Bulk;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Chunks as files named by their hashes.
 *
 * <p>A chunk is received under a temporary name and hashed meanwhile; whole and right, it gets its
 * name in {@code arriving/}, where it is already used. {@link #sync} makes the file system durable
 * with one call and then moves what had arrived to {@code chunks/}. So whatever lies in
 * {@code chunks/} is durable, and after a crash only the few files in {@code arriving/} need to be
 * looked into. Much that arrives is synced before anybody asks, so that the disk works while the
 * network does.
 *
 * <p>What is done to one chunk at a time is ordered by one of a set of locks.
 */
public final class DiskChunkStore implements ChunkStore {
    private static final Logger LOG = LoggerFactory.getLogger(DiskChunkStore.class);
    private static final int LOCKS = 64;

    /** So much may have arrived unsynced before a sync begins by itself. */
    private static final long UNSYNCED_BYTES_MAX = 32L << 20;

    private final ChunkFiles files;
    private final Space space;
    private final Pushes pushes = new Pushes();
    private final Map<ChunkHash, Long> unsynced = new ConcurrentHashMap<>();
    private final AtomicLong unsyncedBytes = new AtomicLong();
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final List<ReentrantLock> locks =
            java.util.stream.Stream.generate(ReentrantLock::new).limit(LOCKS).toList();
    private final Optional<NativeSync> nativeSync;
    private final SharedSync syncs;

    /** Opens the store in {@code folder}, making it when it is absent. */
    public DiskChunkStore(Path folder) {
        this(folder, NativeSync.find());
    }

    DiskChunkStore(Path folder, Optional<NativeSync> nativeSync) {
        this.nativeSync = nativeSync;
        try {
            files = new ChunkFiles(folder);
            space = new Space(Files.getFileStore(files.arriving()));
            files.eachDurable((hash, file) -> counted(Files.size(file)));
            files.eachArriving(this::adopt);
        } catch (IOException e) {
            throw new FailureException(
                    Failure.of(
                            FailureCode.MISCONFIGURED,
                            "the chunks in " + folder + " can't be used: " + e),
                    e);
        }
        syncs = new SharedSync(this::settle);
    }

    private void counted(long size) {
        count.incrementAndGet();
        bytes.addAndGet(size);
    }

    /** What had arrived before a crash: whole or not. */
    private void adopt(ChunkHash hash, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > 0 && hashOf(channel).equals(hash)) {
                arrived(hash, channel.size());
                return;
            }
        }
        LOG.info("chunk {} had not arrived whole; removed", hash);
        Files.delete(file);
    }

    private void arrived(ChunkHash hash, long size) {
        counted(size);
        unsynced.put(hash, size);
        unsyncedBytes.addAndGet(size);
    }

    private static ChunkHash hashOf(FileChannel file) throws IOException {
        MessageDigest digest = ChunkHash.digest();
        file.position(0);
        Bulk.receive(file, file.size(), digest::update);
        return ChunkHash.of(digest.digest());
    }

    private ReentrantLock lockOf(ChunkHash hash) {
        return locks.get(Math.floorMod(hash.hashCode(), LOCKS));
    }

    // Taking

    @Override
    public void put(ChunkHash hash, long length, long collection, ReadableByteChannel in) {
        if (length < 1 || length > ChunkBounds.CHUNK_BYTES_MAX) {
            throw FailureException.of(FailureCode.INVALID, "a chunk of " + length + " bytes");
        }
        if (touch(hash, collection)) {
            // The bytes are asked for all the same: a hash alone is no proof of having them.
            check(hash, length, in);
            requireWhole(hash);
            return;
        }
        space.take(length);
        Path part = files.unfinished();
        try {
            receive(hash, length, in, part);
            keep(hash, length, collection, part);
        } catch (IOException e) {
            throw failed("a chunk can't be kept", e);
        } finally {
            space.give(length);
            removeQuietly(part);
        }
        if (unsyncedBytes.get() > UNSYNCED_BYTES_MAX) {
            var unused = syncs.begin();
        }
    }

    private void check(ChunkHash hash, long length, ReadableByteChannel in) {
        MessageDigest digest = ChunkHash.digest();
        try {
            Bulk.receive(in, length, digest::update);
        } catch (IOException e) {
            throw cutShort(e);
        }
        requireHash(hash, digest);
    }

    /**
     * Whoever sends a chunk that is here trusts that it is good; it is what mends a damaged one.
     */
    private void requireWhole(ChunkHash hash) {
        try {
            verify(hash);
        } catch (FailureException e) {
            if (e.code() != FailureCode.DAMAGED && e.code() != FailureCode.LACKS_CHUNKS) {
                throw e;
            }
            throw new FailureException(
                    Failure.of(
                            FailureCode.UNAVAILABLE,
                            "chunk " + hash + " was damaged here; send it once more"),
                    e);
        }
    }

    private static FailureException cutShort(IOException e) {
        return new FailureException(
                Failure.of(FailureCode.DAMAGED, "a chunk did not arrive whole: " + e.getMessage()),
                e);
    }

    private static void requireHash(ChunkHash hash, MessageDigest digest) {
        if (!ChunkHash.of(digest.digest()).equals(hash)) {
            throw FailureException.of(
                    FailureCode.DAMAGED, "a chunk has not the hash it was sent with");
        }
    }

    private static void receive(ChunkHash hash, long length, ReadableByteChannel in, Path part)
            throws IOException {
        MessageDigest digest = ChunkHash.digest();
        try (FileChannel out =
                FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            Bulk.receive(in, length, block -> {
                digest.update(block.duplicate());
                while (block.hasRemaining()) {
                    out.write(block);
                }
            });
        } catch (EOFException e) {
            throw cutShort(e);
        }
        requireHash(hash, digest);
    }

    private void keep(ChunkHash hash, long length, long collection, Path part) throws IOException {
        ReentrantLock lock = lockOf(hash);
        lock.lock();
        try {
            pushes.pushed(hash, collection);
            if (files.find(hash).isEmpty()) {
                Files.move(part, files.arriving(hash), StandardCopyOption.ATOMIC_MOVE);
                arrived(hash, length);
            }
        } finally {
            lock.unlock();
        }
    }

    private static void removeQuietly(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            LOG.warn("{} stays until the next start: {}", part, e.toString());
        }
    }

    private FailureException failed(String what, IOException e) {
        FailureCode code = FullDisk.codeOf(e, FailureCode.LOCAL_IO);
        return new FailureException(Failure.of(code, what + ": " + e.getMessage()), e);
    }

    @Override
    public boolean touch(ChunkHash hash, long collection) {
        ReentrantLock lock = lockOf(hash);
        lock.lock();
        try {
            if (files.find(hash).isEmpty()) {
                pushes.heardOf(collection);
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
        return files.find(hash).isPresent();
    }

    // Making durable

    @Override
    public void sync(Collection<ChunkHash> hashes) {
        if (hashes.stream().anyMatch(unsynced::containsKey)) {
            syncs.await();
        }
        for (ChunkHash hash : hashes) {
            if (!has(hash)) {
                throw lacks(hash);
            }
        }
    }

    /** One round of syncing: on the syncs' own thread. */
    private void settle() throws IOException {
        Map<ChunkHash, Long> round = new HashMap<>(unsynced);
        try {
            if (nativeSync.isPresent()) {
                nativeSync.get().sync(files.arriving());
            } else {
                syncEach(round.keySet());
            }
        } catch (IOException e) {
            // The system may have dropped what it could not write, and will not say so again.
            round.keySet().forEach(this::dropUnsynced);
            throw e;
        }
        for (ChunkHash hash : round.keySet()) {
            settle(hash);
        }
    }

    private void syncEach(Collection<ChunkHash> round) throws IOException {
        for (ChunkHash hash : round) {
            try (FileChannel file =
                    FileChannel.open(files.arriving(hash), StandardOpenOption.READ)) {
                file.force(true);
            } catch (NoSuchFileException e) {
                LOG.debug("chunk {} went away before it was synced", hash, e);
            }
        }
        try (FileChannel folder = FileChannel.open(files.arriving(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    private void settle(ChunkHash hash) throws IOException {
        ReentrantLock lock = lockOf(hash);
        lock.lock();
        try {
            Long size = unsynced.get(hash);
            if (size != null) {
                files.settle(hash);
                unsynced.remove(hash);
                unsyncedBytes.addAndGet(-size);
            }
        } finally {
            lock.unlock();
        }
    }

    private void dropUnsynced(ChunkHash hash) {
        ReentrantLock lock = lockOf(hash);
        lock.lock();
        try {
            if (unsynced.containsKey(hash)) {
                removeQuietly(files.arriving(hash));
                forget(hash, unsynced.get(hash));
            }
        } finally {
            lock.unlock();
        }
    }

    // Giving out

    @Override
    public OpenChunks open(List<ChunkHash> hashes) {
        OpenChunkFiles open = new OpenChunkFiles();
        for (ChunkHash hash : hashes) {
            try {
                open.add(files.open(hash));
            } catch (NoSuchFileException e) {
                open.close();
                throw lacks(hash);
            } catch (IOException e) {
                open.close();
                throw failed("chunk " + hash + " can't be opened", e);
            }
        }
        return open;
    }

    private static FailureException lacks(ChunkHash hash) {
        return FailureException.of(FailureCode.LACKS_CHUNKS, "chunk " + hash + " is not here");
    }

    @Override
    public void verify(ChunkHash hash) {
        try (FileChannel file = files.open(hash)) {
            if (file.size() > 0 && hashOf(file).equals(hash)) {
                return;
            }
            setAside(hash, file.size());
        } catch (NoSuchFileException e) {
            throw lacks(hash);
        } catch (IOException e) {
            throw failed("chunk " + hash + " can't be read", e);
        }
        throw FailureException.of(
                FailureCode.DAMAGED, "chunk " + hash + " was damaged on disk and set aside");
    }

    private void setAside(ChunkHash hash, long size) throws IOException {
        ReentrantLock lock = lockOf(hash);
        lock.lock();
        try {
            files.setAside(hash);
            forget(hash, size);
        } finally {
            lock.unlock();
        }
    }

    private void forget(ChunkHash hash, long size) {
        pushes.forget(hash);
        count.decrementAndGet();
        bytes.addAndGet(-size);
        Long waiting = unsynced.remove(hash);
        if (waiting != null) {
            unsyncedBytes.addAndGet(-waiting);
        }
    }

    // Collecting

    @Override
    public long collect(long collection, Predicate<ChunkHash> named) {
        pushes.heardOf(collection);
        AtomicLong freed = new AtomicLong();
        ChunkFiles.Visitor visitor =
                (hash, file) -> freed.addAndGet(removeUnless(hash, collection, named));
        try {
            files.eachDurable(visitor);
            files.eachArriving(visitor);
        } catch (IOException e) {
            throw failed("the chunks can't be searched", e);
        }
        pushes.ended(collection);
        return freed.get();
    }

    private long removeUnless(ChunkHash hash, long collection, Predicate<ChunkHash> named)
            throws IOException {
        if (!pushes.mayGo(hash, collection) || named.test(hash)) {
            return 0;
        }
        ReentrantLock lock = lockOf(hash);
        lock.lock();
        try {
            Optional<Path> file = files.find(hash);
            if (file.isEmpty() || !pushes.mayGo(hash, collection)) {
                return 0;
            }
            long size = Files.size(file.get());
            Files.delete(file.get());
            forget(hash, size);
            return size;
        } finally {
            lock.unlock();
        }
    }

    // Counting

    @Override
    public long freeBytes() {
        return space.free();
    }

    @Override
    public long capacityBytes() {
        return space.capacity();
    }

    @Override
    public long chunks() {
        return count.get();
    }

    @Override
    public long bytes() {
        return bytes.get();
    }

    @Override
    public void close() {
        syncs.close();
    }
}
