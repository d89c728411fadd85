package holdfast.server.chunk;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Chunks as files, {@code chunks/ab/abcdef…}, named by hash. A chunk is written under a temporary
 * name, hashed meanwhile, and renamed; what a crash left half-written is removed at the start.
 *
 * <p>When a chunk was last pushed is known since this start only; an older one counts as pushed
 * under the first collection number seen, so that a restart never removes too much (rule 6a).
 */
public final class DiskChunkStore implements ChunkStore {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final long RESERVE_BYTES_MAX = 1L << 30;
    private static final int RESERVE_PART = 20;

    private final Path chunks;
    private final Path arriving;
    private final Path damaged;
    private final FileStore disk;
    private final Map<ChunkHash, Long> pushedUnder = new ConcurrentHashMap<>();
    private final Set<ChunkHash> unsynced = ConcurrentHashMap.newKeySet();
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong reserved = new AtomicLong();
    private final AtomicLong temporary = new AtomicLong();
    private final AtomicLong firstCollection = new AtomicLong();
    private final ReentrantLock naming = new ReentrantLock();

    /** Opens the store in {@code folder}, making it when it is absent. */
    public DiskChunkStore(Path folder) {
        chunks = folder.resolve("chunks");
        arriving = folder.resolve("arriving");
        damaged = folder.resolve("damaged");
        try {
            for (Path path : List.of(chunks, arriving, damaged)) {
                Files.createDirectories(path);
            }
            try (Stream<Path> left = Files.list(arriving)) {
                for (Path path : left.toList()) {
                    Files.delete(path);
                }
            }
            disk = Files.getFileStore(chunks);
            countAll();
        } catch (IOException e) {
            throw failed("can't be opened", e);
        }
    }

    private void countAll() throws IOException {
        try (Stream<Path> all = Files.walk(chunks)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                count.incrementAndGet();
                bytes.addAndGet(Files.size(path));
            }
        }
    }

    private FailureException failed(String what, IOException e) {
        FailureCode code =
                freeBytes() <= 0 || noSpace(e) ? FailureCode.NO_SPACE : FailureCode.LOCAL_IO;
        String message = "chunks in " + chunks.getParent() + ": " + what + ": " + e.getMessage();
        return new FailureException(holdfast.model.failure.Failure.of(code, message), e);
    }

    private static boolean noSpace(IOException e) {
        return String.valueOf(e.getMessage()).contains("No space left");
    }

    private Path path(ChunkHash hash) {
        String hex = hash.hex();
        return chunks.resolve(hex.substring(0, 2)).resolve(hex);
    }

    @Override
    public void put(ChunkHash hash, long length, long collection, ReadableByteChannel in) {
        if (length < 1 || length > ChunkBounds.CHUNK_BYTES_MAX) {
            throw FailureException.of(FailureCode.INVALID, "a chunk of " + length + " bytes");
        }
        reserve(length);
        Path file = arriving.resolve(Long.toString(temporary.incrementAndGet()));
        try {
            receive(hash, length, in, file);
            keep(hash, length, collection, file);
        } catch (IOException e) {
            throw failed("a chunk can't be written", e);
        } finally {
            reserved.addAndGet(-length);
            deleteQuietly(file);
        }
    }

    private void reserve(long length) {
        if (freeBytes() - reserved.addAndGet(length) < 0) {
            reserved.addAndGet(-length);
            throw FailureException.of(
                    FailureCode.NO_SPACE, "no space left for " + length + " bytes");
        }
    }

    private static void receive(ChunkHash hash, long length, ReadableByteChannel in, Path file)
            throws IOException {
        MessageDigest digest = ChunkHash.digest();
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(length, BUFFER_BYTES));
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = length; left > 0; ) {
                buffer.clear().limit((int) Math.min(left, buffer.capacity()));
                if (in.read(buffer) < 0) {
                    throw FailureException.of(FailureCode.DAMAGED, "a chunk was cut short");
                }
                buffer.flip();
                left -= buffer.remaining();
                digest.update(buffer.duplicate());
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
        }
        if (!ChunkHash.of(digest.digest()).equals(hash)) {
            throw FailureException.of(
                    FailureCode.DAMAGED, "a chunk has not the hash it was sent with");
        }
    }

    private void keep(ChunkHash hash, long length, long collection, Path file) throws IOException {
        naming.lock();
        try {
            noteCollection(collection);
            pushedUnder.merge(hash, collection, Math::max);
            if (!Files.exists(path(hash))) {
                Files.createDirectories(path(hash).getParent());
                unsynced.add(hash);
                Files.move(file, path(hash), StandardCopyOption.ATOMIC_MOVE);
                count.incrementAndGet();
                bytes.addAndGet(length);
            }
        } finally {
            naming.unlock();
        }
    }

    private void noteCollection(long collection) {
        firstCollection.compareAndSet(0, collection);
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // it is removed at the next start
        }
    }

    @Override
    public boolean touch(ChunkHash hash, long collection) {
        naming.lock();
        try {
            if (!has(hash)) {
                return false;
            }
            noteCollection(collection);
            pushedUnder.merge(hash, collection, Math::max);
            return true;
        } finally {
            naming.unlock();
        }
    }

    @Override
    public boolean has(ChunkHash hash) {
        return Files.exists(path(hash));
    }

    /**
     * Syncs each chunk that is not known to be durable, then the folders that name them. A chunk
     * found on disk at the start is durable or was never answered for; it is synced again when it
     * is named anew.
     */
    @Override
    public void sync(Collection<ChunkHash> hashes) {
        List<ChunkHash> open = hashes.stream()
                .filter(hash -> unsynced.contains(hash) || !pushedUnder.containsKey(hash))
                .distinct()
                .toList();
        try {
            for (ChunkHash hash : open) {
                force(path(hash));
            }
            for (Path folder :
                    open.stream().map(hash -> path(hash).getParent()).distinct().toList()) {
                force(folder);
            }
            if (!open.isEmpty()) {
                force(chunks);
            }
            open.forEach(unsynced::remove);
        } catch (NoSuchFileException e) {
            throw lacks(e.getFile());
        } catch (IOException e) {
            throw failed("a chunk can't be made durable", e);
        }
        for (ChunkHash hash : hashes) {
            if (!has(hash)) {
                throw lacks(hash.hex());
            }
        }
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static FailureException lacks(String what) {
        return FailureException.of(FailureCode.LACKS_CHUNKS, "chunk " + what + " is not here");
    }

    @Override
    public OpenChunks open(List<ChunkHash> hashes) {
        List<FileChannel> files = new ArrayList<>();
        try {
            for (ChunkHash hash : hashes) {
                files.add(FileChannel.open(path(hash), StandardOpenOption.READ));
            }
            return new OpenFiles(files);
        } catch (IOException e) {
            new OpenFiles(files).close();
            throw e instanceof NoSuchFileException missing
                    ? lacks(missing.getFile())
                    : failed("a chunk can't be opened", e);
        }
    }

    private record OpenFiles(List<FileChannel> files) implements OpenChunks {
        @Override
        public long length() {
            long sum = 0;
            try {
                for (FileChannel file : files) {
                    sum += file.size();
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException("an open chunk", e);
            }
            return sum;
        }

        @Override
        public void writeTo(WritableByteChannel out) throws IOException {
            try {
                for (FileChannel file : files) {
                    long size = file.size();
                    for (long at = 0; at < size; ) {
                        at += file.transferTo(at, size - at, out);
                    }
                }
            } finally {
                close();
            }
        }

        @Override
        public void close() {
            for (FileChannel file : files) {
                try {
                    file.close();
                } catch (IOException e) {
                    // it was only read
                }
            }
        }
    }

    @Override
    public long collect(long collection, Predicate<ChunkHash> named) {
        noteCollection(collection);
        long freed = 0;
        try (Stream<Path> all = Files.walk(chunks)) {
            for (Path path : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                ChunkHash hash = ChunkHash.of(
                        java.util.HexFormat.of().parseHex(path.getFileName().toString()));
                freed += removeUnless(hash, path, collection, named);
            }
            return freed;
        } catch (IOException e) {
            throw failed("can't be searched", e);
        }
    }

    private long removeUnless(
            ChunkHash hash, Path path, long collection, Predicate<ChunkHash> named)
            throws IOException {
        if (named.test(hash)) {
            return 0;
        }
        naming.lock();
        try {
            if (pushedUnder.getOrDefault(hash, firstCollection.get()) > collection - 2
                    || named.test(hash)) {
                return 0;
            }
            long size = Files.size(path);
            Files.delete(path);
            forget(hash, size);
            return size;
        } finally {
            naming.unlock();
        }
    }

    private void forget(ChunkHash hash, long size) {
        pushedUnder.remove(hash);
        unsynced.remove(hash);
        count.decrementAndGet();
        bytes.addAndGet(-size);
    }

    @Override
    public void verify(ChunkHash hash) {
        MessageDigest digest = ChunkHash.digest();
        try (FileChannel file = FileChannel.open(path(hash), StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
            while (file.read(buffer.clear()) >= 0) {
                digest.update(buffer.flip());
            }
            if (ChunkHash.of(digest.digest()).equals(hash)) {
                return;
            }
            Files.move(
                    path(hash), damaged.resolve(hash.hex()), StandardCopyOption.REPLACE_EXISTING);
            forget(hash, file.size());
        } catch (NoSuchFileException e) {
            throw lacks(hash.hex());
        } catch (IOException e) {
            throw failed("a chunk can't be read", e);
        }
        throw FailureException.of(
                FailureCode.DAMAGED, "chunk " + hash + " was damaged on disk and set aside");
    }

    @Override
    public long freeBytes() {
        try {
            return disk.getUsableSpace()
                    - Math.min(RESERVE_BYTES_MAX, disk.getTotalSpace() / RESERVE_PART);
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public long capacityBytes() {
        try {
            return disk.getTotalSpace();
        } catch (IOException e) {
            return 0;
        }
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
    public void close() {}
}
