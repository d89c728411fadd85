package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.server.table.Table;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/**
 * A table in a tree; checkpoints are copies, found again by their path in any table of the disk.
 */
final class TreeTable implements Table {
    /** Where checkpoints are kept. */
    static final class Disk {
        private final Map<Path, SortedMap<ByteString, ByteString>> checkpoints = new HashMap<>();
    }

    private static final Comparator<ByteString> ORDER =
            ByteString.unsignedLexicographicalComparator();

    private final Disk disk;
    private volatile ConcurrentSkipListMap<ByteString, ByteString> rows =
            new ConcurrentSkipListMap<>(ORDER);

    TreeTable() {
        this(new Disk());
    }

    TreeTable(Disk disk) {
        this.disk = disk;
    }

    /** Everything in it. */
    Map<ByteString, ByteString> rows() {
        return new TreeMap<>(rows);
    }

    /** How many rows have keys that start with {@code kind}. */
    long count(char kind) {
        return rows.keySet().stream().filter(key -> key.byteAt(0) == kind).count();
    }

    @Override
    public Optional<ByteString> get(ByteString key) {
        return Optional.ofNullable(rows.get(key));
    }

    @Override
    public void scan(ByteString prefix, ByteString from, Visitor visitor) {
        ByteString start = ORDER.compare(from, prefix) > 0 ? from : prefix;
        for (Map.Entry<ByteString, ByteString> row : rows.tailMap(start, true).entrySet()) {
            boolean in = row.getKey().startsWith(prefix);
            if (!in || !visitor.visit(row.getKey(), row.getValue())) {
                return;
            }
        }
    }

    @Override
    public void write(Batch batch) {
        ((TreeBatch) batch).changes.forEach(change -> change.accept(rows));
    }

    @Override
    public Frozen freeze() {
        TreeTable copy = new TreeTable(disk);
        copy.rows.putAll(rows);
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
        return new TreeBatch();
    }

    @Override
    public void checkpoint(Path to) {
        disk.checkpoints.put(to, new TreeMap<>(rows));
    }

    @Override
    public void restore(Path from) {
        rows = new ConcurrentSkipListMap<>(disk.checkpoints.get(from));
    }

    @Override
    public void close() {}

    private static final class TreeBatch implements Batch {
        private final List<Consumer<Map<ByteString, ByteString>>> changes = new ArrayList<>();

        @Override
        public void put(ByteString key, ByteString value) {
            changes.add(rows -> rows.put(key, value));
        }

        @Override
        public void delete(ByteString key) {
            changes.add(rows -> rows.remove(key));
        }
    }
}
