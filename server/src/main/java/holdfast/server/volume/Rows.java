package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.server.table.Table;

import java.util.Optional;

/** Rows to read: those of the table, or those of the table under changes not yet written. */
interface Rows {
    Optional<ByteString> get(ByteString key);

    /** As {@link Table#scan}. */
    void scan(ByteString prefix, ByteString from, Table.Visitor visitor);

    /** The rows of {@code table}. */
    static Rows of(Table table) {
        return new Rows() {
            @Override
            public Optional<ByteString> get(ByteString key) {
                return table.get(key);
            }

            @Override
            public void scan(ByteString prefix, ByteString from, Table.Visitor visitor) {
                table.scan(prefix, from, visitor);
            }
        };
    }
}
