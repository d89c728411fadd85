package holdfast.server.table;

import com.google.protobuf.ByteString;

import java.nio.file.Path;
import java.util.Optional;

/**
 * An ordered table from keys to values, both bytes, keys in unsigned byte order. Reads may run
 * beside a write and see all of a batch or nothing of it. One writer at a time.
 */
public interface Table extends AutoCloseable {
    /** The value at {@code key}. */
    Optional<ByteString> get(ByteString key);

    /**
     * Visits entries from {@code from} (inclusive) upwards while keys start with {@code prefix} and
     * the visitor says to go on. All entries are those of one moment. The visitor must not write.
     */
    void scan(ByteString prefix, ByteString from, Visitor visitor);

    /** Applies all of {@code batch} or nothing; not yet durable. */
    void write(Batch batch);

    /**
     * The table as it is now, to be read while it changes. Until it is closed it may keep old rows
     * on the disk. It is of no use any more once the table was restored or closed.
     */
    Frozen freeze();

    /** A table of one moment. */
    interface Frozen extends AutoCloseable {
        /**
         * As {@link Table#get}.
         *
         * @throws IllegalStateException when it is of no use any more
         */
        Optional<ByteString> get(ByteString key);

        /** As {@link Table#scan}, failing as {@link #get}. */
        void scan(ByteString prefix, ByteString from, Visitor visitor);

        @Override
        void close();
    }

    /** Writes the whole table, durably, into the new folder {@code to}. */
    void checkpoint(Path to);

    /** Replaces the whole table by a checkpoint. */
    void restore(Path from);

    @Override
    void close();

    /** Sees one entry. */
    @FunctionalInterface
    interface Visitor {
        /** Whether to go on. */
        boolean visit(ByteString key, ByteString value);
    }

    /** Changes to make together; later ones win. */
    interface Batch {
        void put(ByteString key, ByteString value);

        void delete(ByteString key);
    }

    /** An empty batch for this table. */
    Batch batch();
}
