package holdfast.server.table;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.rocksdb.Checkpoint;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A table in RocksDB, without a log of its own: what is not flushed is lost in a crash and comes
 * again from the replicated log. A flush writes whole batches in order, so that what survives is
 * the table of some earlier moment.
 *
 * <p>Reads hold a shared lock, because {@link #restore} replaces the database under them.
 */
public final class RocksTable implements Table {
    private final TableFolder folder;
    private final Options options = RocksSettings.options();
    private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
    private final ReentrantReadWriteLock replaced = new ReentrantReadWriteLock();
    private final Set<Moment> frozen = ConcurrentHashMap.newKeySet();
    private RocksDB db;
    private boolean closed;

    /** Opens the table in {@code folder}, making it when it is absent. */
    public RocksTable(Path folder) {
        this.folder = new TableFolder(folder);
        try {
            this.folder.recover();
        } catch (IOException e) {
            throw new UncheckedIOException("open " + folder, e);
        }
        this.db = open();
    }

    private RocksDB open() {
        try {
            return RocksDB.open(options, folder.path().toString());
        } catch (RocksDBException e) {
            throw failed("open", e);
        }
    }

    private IllegalStateException failed(String what, RocksDBException e) {
        return new IllegalStateException(
                "table " + folder.path() + ": " + what + " failed: " + e.getMessage(), e);
    }

    /** Locks for reading; a closed database must not be called into. */
    private void lockOpen() {
        replaced.readLock().lock();
        if (closed) {
            replaced.readLock().unlock();
            throw new IllegalStateException("table " + folder.path() + " is closed");
        }
    }

    @Override
    public Optional<ByteString> get(ByteString key) {
        lockOpen();
        try {
            return Optional.ofNullable(db.get(key.toByteArray()))
                    .map(UnsafeByteOperations::unsafeWrap);
        } catch (RocksDBException e) {
            throw failed("read", e);
        } finally {
            replaced.readLock().unlock();
        }
    }

    @Override
    public void scan(ByteString prefix, ByteString from, Visitor visitor) {
        lockOpen();
        Snapshot moment = db.getSnapshot();
        try {
            scan(moment, prefix, from, visitor);
        } finally {
            db.releaseSnapshot(moment);
            moment.close();
            replaced.readLock().unlock();
        }
    }

    /** While the shared lock is held. */
    private void scan(Snapshot moment, ByteString prefix, ByteString from, Visitor visitor) {
        try (ReadOptions reading = new ReadOptions().setSnapshot(moment);
                RocksIterator rows = db.newIterator(reading)) {
            ByteString start = isBefore(from, prefix) ? prefix : from;
            for (rows.seek(start.toByteArray()); rows.isValid(); rows.next()) {
                ByteString key = UnsafeByteOperations.unsafeWrap(rows.key());
                if (!key.startsWith(prefix)
                        || !visitor.visit(key, UnsafeByteOperations.unsafeWrap(rows.value()))) {
                    return;
                }
            }
            rows.status();
        } catch (RocksDBException e) {
            throw failed("scan", e);
        }
    }

    @Override
    public Frozen freeze() {
        lockOpen();
        try {
            Moment moment = new Moment(db.getSnapshot());
            frozen.add(moment);
            return moment;
        } finally {
            replaced.readLock().unlock();
        }
    }

    /** Of the database as it is now; released before that is closed. */
    private final class Moment implements Frozen {
        private final Snapshot snapshot;

        Moment(Snapshot snapshot) {
            this.snapshot = snapshot;
        }

        /** Whoever closes or restores the table waits until what was locked here is unlocked. */
        private void lockMine() {
            lockOpen();
            if (!frozen.contains(this)) {
                replaced.readLock().unlock();
                throw new IllegalStateException("this moment of the table is gone");
            }
        }

        @Override
        public Optional<ByteString> get(ByteString key) {
            lockMine();
            try (ReadOptions reading = new ReadOptions().setSnapshot(snapshot)) {
                return Optional.ofNullable(db.get(reading, key.toByteArray()))
                        .map(UnsafeByteOperations::unsafeWrap);
            } catch (RocksDBException e) {
                throw failed("read", e);
            } finally {
                replaced.readLock().unlock();
            }
        }

        @Override
        public void scan(ByteString prefix, ByteString from, Visitor visitor) {
            lockMine();
            try {
                RocksTable.this.scan(snapshot, prefix, from, visitor);
            } finally {
                replaced.readLock().unlock();
            }
        }

        /** Alone, so that nobody reads what is released. */
        @Override
        public void close() {
            replaced.writeLock().lock();
            try {
                release();
            } finally {
                replaced.writeLock().unlock();
            }
        }

        private void release() {
            if (frozen.remove(this)) {
                db.releaseSnapshot(snapshot);
                snapshot.close();
            }
        }
    }

    private static boolean isBefore(ByteString one, ByteString other) {
        return ByteString.unsignedLexicographicalComparator().compare(one, other) < 0;
    }

    @Override
    public Batch batch() {
        return new Rows(new ArrayList<>());
    }

    @Override
    public void write(Batch batch) {
        lockOpen();
        try (WriteBatch rows = new WriteBatch()) {
            ((Rows) batch).copyTo(rows);
            db.write(unlogged, rows);
        } catch (RocksDBException e) {
            throw failed("write", e);
        } finally {
            replaced.readLock().unlock();
        }
    }

    /** Everything written before is flushed first; unchanging files are linked, not copied. */
    @Override
    public void checkpoint(Path to) {
        lockOpen();
        try (Checkpoint checkpoint = Checkpoint.create(db)) {
            checkpoint.createCheckpoint(to.toString());
            TableFolder.syncAll(to);
        } catch (RocksDBException e) {
            throw failed("checkpoint to " + to, e);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoint to " + to, e);
        } finally {
            replaced.readLock().unlock();
        }
    }

    @Override
    public void restore(Path from) {
        replaced.writeLock().lock();
        try {
            folder.prepare(from);
            frozen.forEach(Moment::release);
            db.close();
            folder.replace();
            db = open();
        } catch (IOException e) {
            throw new UncheckedIOException("restore from " + from, e);
        } finally {
            replaced.writeLock().unlock();
        }
    }

    @Override
    public void close() {
        replaced.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                frozen.forEach(Moment::release);
                db.close();
                unlogged.close();
                options.close();
            }
        } finally {
            replaced.writeLock().unlock();
        }
    }

    /** Collected here; native memory is held only while it is written. */
    private record Rows(List<Change> changes) implements Batch {
        private record Change(ByteString key, Optional<ByteString> value) {}

        @Override
        public void put(ByteString key, ByteString value) {
            changes.add(new Change(key, Optional.of(value)));
        }

        @Override
        public void delete(ByteString key) {
            changes.add(new Change(key, Optional.empty()));
        }

        void copyTo(WriteBatch rows) throws RocksDBException {
            for (Change change : changes) {
                if (change.value.isPresent()) {
                    rows.put(change.key.toByteArray(), change.value.get().toByteArray());
                } else {
                    rows.delete(change.key.toByteArray());
                }
            }
        }
    }
}
