package holdfast.server.table;

import com.google.protobuf.ByteString;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Checkpoint;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;

/**
 * A table in RocksDB, without a log of its own: what is not flushed is lost in a crash and comes
 * again from the replicated log. A flush writes whole batches in order, so that what survives is
 * the table of some earlier moment.
 *
 * <p>Reads hold a shared lock, because {@link #restore} replaces the database under them.
 */
public final class RocksTable implements Table {
    private static final long BLOCK_CACHE_BYTES = 32L << 20;
    private static final long MEMTABLE_BYTES = 16L << 20;
    private static final long BLOB_BYTES_MIN = 4096;
    private static final int OPEN_FILES_MAX = 512;

    static {
        RocksDB.loadLibrary();
    }

    private final Path folder;
    private final LRUCache cache = new LRUCache(BLOCK_CACHE_BYTES);
    private final BloomFilter filter = new BloomFilter();
    private final Options options;
    private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
    private final ReentrantReadWriteLock replaced = new ReentrantReadWriteLock();
    private RocksDB db;

    /** Opens the table in {@code folder}, making it when it is absent. */
    public RocksTable(Path folder) {
        this.folder = folder;
        this.options = new Options()
                .setCreateIfMissing(true)
                .setAtomicFlush(true)
                .setWriteBufferSize(MEMTABLE_BYTES)
                .setMaxWriteBufferNumber(2)
                .setMaxOpenFiles(OPEN_FILES_MAX)
                .setKeepLogFileNum(2)
                .setEnableBlobFiles(true)
                .setMinBlobSize(BLOB_BYTES_MIN)
                .setEnableBlobGarbageCollection(true)
                .setTableFormatConfig(
                        new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter));
        this.db = open();
    }

    private RocksDB open() {
        try {
            Files.createDirectories(folder);
            return RocksDB.open(options, folder.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("open " + folder, e);
        } catch (RocksDBException e) {
            throw failed("open", e);
        }
    }

    private IllegalStateException failed(String what, RocksDBException e) {
        return new IllegalStateException(
                "table " + folder + ": " + what + " failed: " + e.getMessage(), e);
    }

    @Override
    public Optional<ByteString> get(ByteString key) {
        replaced.readLock().lock();
        try {
            return Optional.ofNullable(db.get(key.toByteArray())).map(ByteString::copyFrom);
        } catch (RocksDBException e) {
            throw failed("read", e);
        } finally {
            replaced.readLock().unlock();
        }
    }

    @Override
    public void scan(ByteString prefix, ByteString from, Visitor visitor) {
        replaced.readLock().lock();
        Snapshot moment = db.getSnapshot();
        try (ReadOptions reading = new ReadOptions().setSnapshot(moment);
                RocksIterator rows = db.newIterator(reading)) {
            for (rows.seek(from.toByteArray()); rows.isValid(); rows.next()) {
                ByteString key = ByteString.copyFrom(rows.key());
                if (!key.startsWith(prefix)
                        || !visitor.visit(key, ByteString.copyFrom(rows.value()))) {
                    return;
                }
            }
            rows.status();
        } catch (RocksDBException e) {
            throw failed("scan", e);
        } finally {
            db.releaseSnapshot(moment);
            replaced.readLock().unlock();
        }
    }

    @Override
    public Batch batch() {
        return new Rows(new WriteBatch());
    }

    @Override
    public void write(Batch batch) {
        replaced.readLock().lock();
        try (WriteBatch rows = ((Rows) batch).rows) {
            db.write(unlogged, rows);
        } catch (RocksDBException e) {
            throw failed("write", e);
        } finally {
            replaced.readLock().unlock();
        }
    }

    /** RocksDB flushes first, links its files into {@code to} and syncs the folder. */
    @Override
    public void checkpoint(Path to) {
        replaced.readLock().lock();
        try (Checkpoint checkpoint = Checkpoint.create(db)) {
            checkpoint.createCheckpoint(to.toString());
        } catch (RocksDBException e) {
            throw failed("checkpoint to " + to, e);
        } finally {
            replaced.readLock().unlock();
        }
    }

    @Override
    public void restore(Path from) {
        replaced.writeLock().lock();
        try {
            db.close();
            deleteTree(folder);
            copyTree(from, folder);
            db = open();
        } catch (IOException e) {
            throw new UncheckedIOException("restore from " + from, e);
        } finally {
            replaced.writeLock().unlock();
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @Override
    public void close() {
        replaced.writeLock().lock();
        try {
            db.close();
            unlogged.close();
            options.close();
            filter.close();
            cache.close();
        } finally {
            replaced.writeLock().unlock();
        }
    }

    private record Rows(WriteBatch rows) implements Batch {
        @Override
        public void put(ByteString key, ByteString value) {
            try {
                rows.put(key.toByteArray(), value.toByteArray());
            } catch (RocksDBException e) {
                throw new IllegalStateException("batch: " + e.getMessage(), e);
            }
        }

        @Override
        public void delete(ByteString key) {
            try {
                rows.delete(key.toByteArray());
            } catch (RocksDBException e) {
                throw new IllegalStateException("batch: " + e.getMessage(), e);
            }
        }
    }
}
