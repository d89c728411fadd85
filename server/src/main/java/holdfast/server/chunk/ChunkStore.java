package holdfast.server.chunk;

import holdfast.model.chunk.ChunkHash;
import holdfast.wire.transport.Bulk;

import java.nio.channels.ReadableByteChannel;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/** Chunks on this member's disk. Safe for many threads. */
public interface ChunkStore extends AutoCloseable {
    /**
     * Takes one chunk of {@code length} bytes from {@code in}, under collection number
     * {@code collection}; present twice is one chunk. DAMAGED when the bytes have another hash,
     * NO_SPACE when the disk (less its reserve) is full; nothing is kept then. UNAVAILABLE when the
     * bytes were taken, but the chunk that was here already turned out to be damaged: it is set
     * aside now and must be sent once more. Not durable before {@link #sync}.
     */
    void put(ChunkHash hash, long length, long collection, ReadableByteChannel in);

    /**
     * Notes that a present chunk was pushed again ("have it"), so that collections before
     * {@code collection + 2} leave it. False when it is not here.
     */
    boolean touch(ChunkHash hash, long collection);

    /** Whether it is here. */
    boolean has(ChunkHash hash);

    /**
     * Sees to it that it is here, bringing it from another member if need be; false when none of
     * those that can be asked has it. Durable when this returns, unless it was here already.
     */
    default boolean obtain(ChunkHash hash) {
        return has(hash);
    }

    /** The same for several together; returns those that are not to be had. */
    default List<ChunkHash> obtain(List<ChunkHash> hashes) {
        return hashes.stream().filter(hash -> !obtain(hash)).toList();
    }

    /**
     * Makes these chunks durable; concurrent calls share the work. LACKS_CHUNKS when one is not
     * here.
     */
    void sync(Collection<ChunkHash> hashes);

    /**
     * The bytes of these chunks, one after the other, sent straight from their files. The files are
     * opened at once, so a later removal does no harm. LACKS_CHUNKS when one is not here. The
     * caller must close or write the source.
     */
    OpenChunks open(List<ChunkHash> hashes);

    /** Chunks opened for reading. */
    interface OpenChunks extends Bulk.Source, AutoCloseable {
        @Override
        void close();
    }

    /**
     * Removes every chunk last pushed under {@code collection} - 2 or before that {@code named}
     * does not hold; returns freed bytes.
     */
    long collect(long collection, Predicate<ChunkHash> named);

    /**
     * Reads a chunk and compares its hash; a damaged one is set aside and DAMAGED thrown. Where
     * there are other members, it is mended first if one of them has it.
     */
    void verify(ChunkHash hash);

    /** The same of this member's own copy; nothing is mended. */
    default void verifyOwn(ChunkHash hash) {
        verify(hash);
    }

    /** Bytes that can still be taken, after the reserve. */
    long freeBytes();

    /** Bytes of the disk it is on. */
    long capacityBytes();

    long chunks();

    long bytes();

    @Override
    void close();
}
