package holdfast.server.table;

import com.google.protobuf.ByteString;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A table in memory, for tests and simulations. A scan holds off writes, so that it sees one
 * moment.
 */
public final class MemoryTable implements Table {
    private static final String FILE = "rows";
    private static final Comparator<ByteString> ORDER =
            ByteString.unsignedLexicographicalComparator();

    /** Fair: readers that come one after the other must not keep a writer out for ever. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);

    private NavigableMap<ByteString, ByteString> rows = emptyRows();

    /** An empty table. */
    public MemoryTable() {}

    private static NavigableMap<ByteString, ByteString> emptyRows() {
        return new TreeMap<>(ORDER);
    }

    @Override
    public Optional<ByteString> get(ByteString key) {
        lock.readLock().lock();
        try {
            return Optional.ofNullable(rows.get(key));
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void scan(ByteString prefix, ByteString from, Visitor visitor) {
        lock.readLock().lock();
        try {
            ByteString start = ORDER.compare(from, prefix) < 0 ? prefix : from;
            for (Map.Entry<ByteString, ByteString> row : rows.tailMap(start).entrySet()) {
                if (!row.getKey().startsWith(prefix)
                        || !visitor.visit(row.getKey(), row.getValue())) {
                    return;
                }
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public Frozen freeze() {
        MemoryTable copy = new MemoryTable();
        lock.readLock().lock();
        try {
            copy.rows.putAll(rows);
        } finally {
            lock.readLock().unlock();
        }
        return new Frozen() {
            @Override
            public Optional<ByteString> get(ByteString key) {
                return copy.get(key);
            }

            @Override
            public void scan(ByteString prefix, ByteString from, Visitor visitor) {
                copy.scan(prefix, from, visitor);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Batch batch() {
        return new Rows(new ArrayList<>());
    }

    @Override
    public void write(Batch batch) {
        lock.writeLock().lock();
        try {
            ((Rows) batch).changes.forEach(change -> change.applyTo(rows));
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void checkpoint(Path to) {
        lock.readLock().lock();
        try {
            Files.createDirectory(to);
            try (FileChannel file = FileChannel.open(
                            to.resolve(FILE),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE);
                    DataOutputStream out = new DataOutputStream(
                            new BufferedOutputStream(Channels.newOutputStream(file)))) {
                out.writeInt(rows.size());
                for (Map.Entry<ByteString, ByteString> row : rows.entrySet()) {
                    writeBytes(out, row.getKey());
                    writeBytes(out, row.getValue());
                }
                out.flush();
                file.force(true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoint to " + to, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    private static void writeBytes(DataOutputStream out, ByteString bytes) throws IOException {
        out.writeInt(bytes.size());
        bytes.writeTo(out);
    }

    @Override
    public void restore(Path from) {
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(Files.newInputStream(from.resolve(FILE))))) {
            NavigableMap<ByteString, ByteString> read = emptyRows();
            for (int left = in.readInt(); left > 0; left--) {
                ByteString key = ByteString.copyFrom(in.readNBytes(in.readInt()));
                read.put(key, ByteString.copyFrom(in.readNBytes(in.readInt())));
            }
            replaceBy(read);
        } catch (IOException e) {
            throw new UncheckedIOException("restore from " + from, e);
        }
    }

    private void replaceBy(NavigableMap<ByteString, ByteString> read) {
        lock.writeLock().lock();
        try {
            rows = read;
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void close() {}

    /** One change; without a value, a deletion. */
    private record Change(ByteString key, Optional<ByteString> value) {
        void applyTo(NavigableMap<ByteString, ByteString> rows) {
            value.ifPresentOrElse(bytes -> rows.put(key, bytes), () -> rows.remove(key));
        }
    }

    private record Rows(List<Change> changes) implements Batch {
        @Override
        public void put(ByteString key, ByteString value) {
            changes.add(new Change(key, Optional.of(value)));
        }

        @Override
        public void delete(ByteString key) {
            changes.add(new Change(key, Optional.empty()));
        }
    }
}
