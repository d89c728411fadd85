package holdfast.server.folder;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The operating system's lock on a data folder; ends with the process, however it ends. */
final class FolderLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);
    private static final String FILE = "lock";

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    static FolderLock take(Path folder) {
        FileChannel channel = open(folder);
        boolean taken = false;
        try {
            taken = tryLock(channel);
        } catch (IOException e) {
            throw DataFolder.refused(folder, "can't be locked: " + DataFolder.reason(e), e);
        } finally {
            if (!taken) {
                close(channel);
            }
        }
        if (!taken) {
            throw DataFolder.refused(folder, "is in use by another process");
        }
        return new FolderLock(channel);
    }

    @Override
    public void close() {
        close(channel);
    }

    private static FileChannel open(Path folder) {
        try {
            return FileChannel.open(
                    folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw DataFolder.refused(folder, "can't be written: " + DataFolder.reason(e), e);
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.warn("the lock of a data folder could not be closed: {}", e.getMessage());
        }
    }
}
