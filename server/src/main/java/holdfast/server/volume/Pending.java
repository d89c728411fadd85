package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.server.table.Table;

import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Changes not yet written, over the rows below them. A command's changes lie over its entry's, and
 * those over the table; a refused command's are thrown away, the others move down.
 */
final class Pending implements Rows {
    private static final Comparator<ByteString> ORDER =
            ByteString.unsignedLexicographicalComparator();

    private final Rows below;

    /** Empty where the row is deleted. */
    private final TreeMap<ByteString, Optional<ByteString>> changes = new TreeMap<>(ORDER);

    Pending(Rows below) {
        this.below = below;
    }

    void put(ByteString key, ByteString value) {
        changes.put(key, Optional.of(value));
    }

    void delete(ByteString key) {
        changes.put(key, Optional.empty());
    }

    @Override
    @SuppressWarnings("OptionalAssignedToNull")
    public Optional<ByteString> get(ByteString key) {
        Optional<ByteString> changed = changes.get(key);
        return changed == null ? below.get(key) : changed;
    }

    @Override
    public void scan(ByteString prefix, ByteString from, Table.Visitor visitor) {
        ByteString start = ORDER.compare(prefix, from) > 0 ? prefix : from;
        Merge merge = new Merge(changes.tailMap(start, true), prefix, visitor);
        below.scan(prefix, start, merge);
        merge.rest();
    }

    /** Moves all changes into {@code other}, over its own. */
    void moveTo(Pending other) {
        other.changes.putAll(changes);
        changes.clear();
    }

    void writeTo(Table.Batch batch) {
        changes.forEach((key, value) -> {
            if (value.isPresent()) {
                batch.put(key, value.get());
            } else {
                batch.delete(key);
            }
        });
    }

    /** Shows the visitor the rows below and the changes, in one order. */
    private static final class Merge implements Table.Visitor {
        private final Iterator<Map.Entry<ByteString, Optional<ByteString>>> changes;
        private final ByteString prefix;
        private final Table.Visitor visitor;
        private Optional<Map.Entry<ByteString, Optional<ByteString>>> next;
        private boolean going = true;

        Merge(
                Map<ByteString, Optional<ByteString>> changes,
                ByteString prefix,
                Table.Visitor visitor) {
            this.changes = changes.entrySet().iterator();
            this.prefix = prefix;
            this.visitor = visitor;
            this.next = advance();
        }

        private Optional<Map.Entry<ByteString, Optional<ByteString>>> advance() {
            return changes.hasNext()
                    ? Optional.of(changes.next()).filter(e -> e.getKey().startsWith(prefix))
                    : Optional.empty();
        }

        @Override
        public boolean visit(ByteString key, ByteString value) {
            while (going && next.isPresent()) {
                int order = ORDER.compare(next.get().getKey(), key);
                if (order > 0) {
                    break;
                }
                showChange();
                if (order == 0) {
                    return going;
                }
            }
            going = going && visitor.visit(key, value);
            return going;
        }

        void rest() {
            while (going && next.isPresent()) {
                showChange();
            }
        }

        private void showChange() {
            next.ifPresent(change -> change.getValue()
                    .ifPresent(value -> going = visitor.visit(change.getKey(), value)));
            next = advance();
        }
    }
}
