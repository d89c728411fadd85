package holdfast.client.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * This process's own folder in {@code open}, and whether other processes live. A process lives as
 * long as it has its lock file, {@code open/<process>.lock}, locked; the operating system gives
 * that lock back however it dies. Its name is never used again, so a lock file that still exists
 * once it is locked by somebody else belongs to the dead.
 */
final class ProcessFolder implements AutoCloseable {
    private static final String LOCK = ".lock";
    private static final int RANDOM_BYTES = 5;

    /**
     * Lock files of this JVM, which must not be opened a second time: closing that would give the
     * lock back.
     */
    private static final Set<Path> LIVING_HERE = ConcurrentHashMap.newKeySet();

    private final Folder folder;
    private final String name;
    private final FileChannel lock;
    private final AtomicLong next = new AtomicLong();

    private ProcessFolder(Folder folder, String name, FileChannel lock) {
        this.folder = folder;
        this.name = name;
        this.lock = lock;
    }

    static ProcessFolder make(Folder folder) throws IOException {
        while (true) {
            byte[] random = new byte[RANDOM_BYTES];
            new SecureRandom().nextBytes(random);
            String name = ProcessHandle.current().pid() + "-" + HexFormat.of().formatHex(random);
            Path file = lockFile(folder, name);
            LIVING_HERE.add(file);
            try {
                FileChannel channel = FileChannel.open(
                        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                FileLock _ = channel.lock();
                if (Files.exists(
                        file)) { // else somebody took it for a dead one's before it was locked
                    Files.createDirectory(folder.open().resolve(name));
                    return new ProcessFolder(folder, name, channel);
                }
                channel.close();
            } catch (FileAlreadyExistsException e) {
                // another name then
            }
            LIVING_HERE.remove(file);
        }
    }

    private static Path lockFile(Folder folder, String process) {
        return folder.open().resolve(process + LOCK);
    }

    /** The process's name in this cache. */
    String name() {
        return name;
    }

    /** The folder. */
    Path home() {
        return folder.open().resolve(name);
    }

    /** A path in the folder, for a link, that was not given out before. */
    Path fresh() {
        return home().resolve(Long.toString(next.incrementAndGet()));
    }

    /**
     * A path in the folder, for bytes that were reserved and are being written, that was not given
     * out before.
     */
    Path fill() {
        return home().resolve("fill-" + next.incrementAndGet());
    }

    /** Whether the process of that name lives. */
    static boolean lives(Folder folder, String process) throws IOException {
        Path file = lockFile(folder, process);
        if (LIVING_HERE.contains(file)) {
            return true;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true); // two may ask at once
            return shared == null;
        } catch (NoSuchFileException e) {
            return false;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }

    /** Removes the folders of the dead; returns how many processes live, this one among them. */
    int bury() throws IOException {
        int living = 0;
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(folder.open(), "*" + LOCK)) {
            for (Path file : locks) {
                if (LIVING_HERE.contains(file) || !buryIfDead(file)) {
                    living++;
                }
            }
        }
        return living;
    }

    private static boolean buryIfDead(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            FileLock taken = channel.tryLock();
            if (taken == null) {
                return false;
            }
            String text = file.toString();
            Trees.remove(Path.of(text.substring(0, text.length() - LOCK.length())));
            Files.deleteIfExists(file);
            return true;
        } catch (NoSuchFileException e) {
            return true;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        Trees.remove(folder.open().resolve(name));
        Path file = lockFile(folder, name);
        Files.deleteIfExists(file);
        lock.close();
        LIVING_HERE.remove(file);
    }
}
