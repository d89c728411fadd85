package holdfast.client.fake;

import com.google.protobuf.ByteString;

import holdfast.server.table.Table;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** A table in memory. Batches are not seen by halves because its user keeps readers out. */
final class MemoryTable implements Table {
    private static final Comparator<ByteString> ORDER =
            ByteString.unsignedLexicographicalComparator();

    private final ConcurrentSkipListMap<ByteString, ByteString> rows =
            new ConcurrentSkipListMap<>(ORDER);

    @Override
    public Optional<ByteString> get(ByteString key) {
        return Optional.ofNullable(rows.get(key));
    }

    @Override
    public void scan(ByteString prefix, ByteString from, Visitor visitor) {
        for (Map.Entry<ByteString, ByteString> row : rows.tailMap(from, true).entrySet()) {
            if (!row.getKey().startsWith(prefix) || !visitor.visit(row.getKey(), row.getValue())) {
                return;
            }
        }
    }

    @Override
    public void write(Batch batch) {
        ((Changes) batch)
                .made.forEach((key, value) ->
                        value.ifPresentOrElse(v -> rows.put(key, v), () -> rows.remove(key)));
    }

    @Override
    public Frozen freeze() {
        throw new UnsupportedOperationException("nobody compares this one");
    }

    @Override
    public void checkpoint(Path to) {
        throw new UnsupportedOperationException("nothing of this is on disk");
    }

    @Override
    public void restore(Path from) {
        throw new UnsupportedOperationException("nothing of this is on disk");
    }

    @Override
    public void close() {}

    @Override
    public Batch batch() {
        return new Changes();
    }

    private static final class Changes implements Batch {
        private final java.util.LinkedHashMap<ByteString, Optional<ByteString>> made =
                new java.util.LinkedHashMap<>();

        @Override
        public void put(ByteString key, ByteString value) {
            made.put(key, Optional.of(value));
        }

        @Override
        public void delete(ByteString key) {
            made.put(key, Optional.empty());
        }
    }
}
