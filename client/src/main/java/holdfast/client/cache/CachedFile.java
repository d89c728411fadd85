package holdfast.client.cache;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Manifest;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Verified contents, whole or (when asked for so) still coming, on the local disk, there until this
 * is closed, whatever is evicted or cleared meanwhile. Safe for many threads.
 */
public final class CachedFile implements AutoCloseable {
    private final Cache cache;
    private final Fillings.Opened opened;
    private final OpenObject object;
    private final ReadView channel;
    private final AtomicBoolean closed = new AtomicBoolean();

    CachedFile(Cache cache, Fillings.Opened opened) {
        this.cache = cache;
        this.opened = opened;
        this.object = opened.object();
        this.channel = new ReadView(object);
    }

    /** The name of the contents. */
    public ContentId id() {
        return object.id();
    }

    /** Bytes. */
    public long size() {
        return object.size();
    }

    /** The local file; it must not be written to, and is there until this is closed. */
    public Path path() {
        return object.path();
    }

    /**
     * Waits until these bytes are here: of contents opened as a stream. Interrupting ends it with
     * CANCELLED; it fails as the fetch fails.
     */
    public void await(long offset, long length) {
        object.await(offset, length);
    }

    /**
     * A channel for reading, with a position of its own; closed with this. Of contents opened as a
     * stream, to be read after {@link #await}.
     */
    public FileChannel channel() {
        return channel;
    }

    /**
     * Where the next bytes are at or after {@code position}, which is in the file; empty when only
     * a hole is left. What is still coming counts as bytes.
     */
    public OptionalLong nextData(long position) {
        return object.isComing()
                ? OptionalLong.of(position)
                : Failures.translating(path(), () -> Holes.nextData(path(), position));
    }

    /**
     * Where the next hole is at or after {@code position}, which is in the file; its end is one.
     */
    public long nextHole(long position) {
        return object.isComing()
                ? size()
                : Failures.translating(path(), () -> Holes.nextHole(path(), position, size()));
    }

    /** Whether nothing had to be fetched for this open. */
    public boolean fromCache() {
        return opened.fromCache();
    }

    /** The pieces; empty for inline contents, or when the cache does not know them any more. */
    public Optional<Manifest> manifest() {
        return object.size() <= ChunkBounds.INLINE_BYTES_MAX
                ? Optional.empty()
                : cache.manifestOf(object.id());
    }

    OpenObject object() {
        return object;
    }

    /**
     * Marks it closed without giving the object back: the caller does. False when it was closed
     * before.
     */
    boolean surrender() {
        return closed.compareAndSet(false, true);
    }

    /**
     * Gives it back; the contents stay in the cache as long as there is room. Closing twice is
     * harmless.
     */
    @Override
    public void close() {
        if (surrender()) {
            Failures.doing(object.path(), channel::close);
            cache.release(opened);
        }
    }
}
