package holdfast.server.folder;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The folder in which one server keeps all that it must not lose. Its identity file names a random
 * id, the role that it belongs to and the format's version; a lock of the operating system keeps
 * every other process out until {@link #close}, or until this process dies.
 *
 * <p>A folder that can't be used is refused as MISCONFIGURED, in one sentence.
 */
public final class DataFolder implements AutoCloseable {
    private final Path path;
    private final UUID id;
    private final FolderLock lock;

    private DataFolder(Path path, UUID id, FolderLock lock) {
        this.path = path;
        this.id = id;
        this.lock = lock;
    }

    /** Opens the folder at {@code path} for {@code role}, making it when there is none. */
    public static DataFolder open(Path path, String role) {
        Path folder = path.toAbsolutePath().normalize();
        make(folder);
        FolderLock lock = FolderLock.take(folder);
        try {
            return new DataFolder(folder, identity(folder, role).id(), lock);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Its random id, given when the folder was made. */
    public UUID id() {
        return id;
    }

    /** Where it is, absolute. */
    public Path path() {
        return path;
    }

    /** Lets other processes use it. */
    @Override
    public void close() {
        lock.close();
    }

    private static void make(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw refused(folder, "can't be made: " + reason(e), e);
        }
        if (!Files.isWritable(folder)) {
            throw refused(folder, "can't be written by this user");
        }
    }

    private static Identity identity(Path folder, String role) {
        Path file = folder.resolve(Identity.FILE);
        try {
            if (Files.exists(file)) {
                return Identity.read(folder, Files.readString(file)).of(folder, role);
            }
            Identity made = new Identity(UUID.randomUUID(), role, Identity.VERSION);
            SmallFile.write(file, made.text().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return made;
        } catch (IOException e) {
            throw refused(folder, "can't be read or written: " + reason(e), e);
        }
    }

    static FailureException refused(Path folder, String why) {
        return FailureException.of(
                FailureCode.MISCONFIGURED, "the data folder " + folder + " " + why);
    }

    static FailureException refused(Path folder, String why, Throwable cause) {
        return new FailureException(refused(folder, why).failure(), cause);
    }

    static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "this user may not write there";
            case FileAlreadyExistsException there -> there.getFile() + " is no folder";
            case NoSuchFileException missing -> "nothing can be made at " + missing.getFile();
            case FileSystemException named
            when named.getReason() != null -> named.getFile() + ": " + named.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }
}
