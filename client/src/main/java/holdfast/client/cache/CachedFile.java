package holdfast.client.cache;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Manifest;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whole, verified contents on the local disk, there until this is closed, whatever is evicted or
 * cleared meanwhile. Safe for many threads.
 */
public final class CachedFile implements AutoCloseable {
    private final Cache cache;
    private final OpenObject object;
    private final boolean fromCache;
    private final ReadView channel;
    private final AtomicBoolean closed = new AtomicBoolean();

    CachedFile(Cache cache, OpenObject object, boolean fromCache) {
        this.cache = cache;
        this.object = object;
        this.fromCache = fromCache;
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

    /** A channel for reading, with a position of its own; closed with this. */
    public FileChannel channel() {
        return channel;
    }

    /** Whether nothing had to be fetched for this open. */
    public boolean fromCache() {
        return fromCache;
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
            cache.release(object);
        }
    }
}
