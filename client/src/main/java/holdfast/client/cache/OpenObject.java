package holdfast.client.cache;

import holdfast.model.chunk.ContentId;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/** This process's link to an object, with one channel for all that read it. */
final class OpenObject {
    private final ContentId id;
    private final Path path;
    private final long size;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable FileChannel channel;
    private boolean gone; // guarded by lock
    private volatile @Nullable Filling filling; // while it may not all be here

    // Guarded by the table's lock.
    int users;
    long usedSeconds;

    OpenObject(ContentId id, Path path, long size) {
        this.id = id;
        this.path = path;
        this.size = size;
    }

    ContentId id() {
        return id;
    }

    Path path() {
        return path;
    }

    long size() {
        return size;
    }

    /** It is not all here yet. */
    void comesBy(Filling coming) {
        filling = coming;
    }

    /** It is all here. */
    void isWhole() {
        filling = null;
    }

    /** Whether some of it may not be here yet. */
    boolean isComing() {
        return filling != null;
    }

    /** Waits until these bytes are here. */
    void await(long offset, long length) {
        Filling coming = filling;
        if (coming != null) {
            coming.await(offset, length);
        }
    }

    /** The channel, opened at first use and again after an interrupted thread closed it. */
    FileChannel channel() throws IOException {
        FileChannel current = channel;
        return current != null && current.isOpen() ? current : reopen();
    }

    private FileChannel reopen() throws IOException {
        lock.lock();
        try {
            FileChannel current = channel;
            if (current != null && current.isOpen()) {
                return current;
            }
            if (gone) {
                throw new java.nio.channels.ClosedChannelException();
            }
            current = FileChannel.open(path, StandardOpenOption.READ);
            channel = current;
            return current;
        } finally {
            lock.unlock();
        }
    }

    /** Closes the channel until it is used again. */
    void closeChannel() throws IOException {
        lock.lock();
        try {
            FileChannel current = channel;
            if (current != null) {
                channel = null;
                current.close();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes the channel and removes the link. */
    void drop() throws IOException {
        lock.lock();
        try {
            gone = true;
            closeChannel();
        } finally {
            lock.unlock();
        }
        Files.deleteIfExists(path);
    }
}
