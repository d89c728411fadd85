package holdfast.client.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * What the local file system says of a file.
 *
 * @param size bytes with holes
 * @param allocated bytes of disk space taken
 * @param links how many names it has
 * @param accessed seconds since 1970
 * @param modified seconds since 1970
 * @param modifiedNanos the rest of it
 */
record FileFacts(
        long size, long allocated, int links, long accessed, long modified, int modifiedNanos) {

    /** What is at {@code path}; empty when nothing is. */
    static Optional<FileFacts> of(Path path) throws IOException {
        return Posix.AVAILABLE ? Posix.stat(path) : portable(path);
    }

    private static Optional<FileFacts> portable(Path path) throws IOException {
        try {
            BasicFileAttributes all = Files.readAttributes(
                    path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Object links = Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
            Instant modified = all.lastModifiedTime().toInstant();
            return Optional.of(new FileFacts(
                    all.size(),
                    all.size(),
                    links instanceof Integer count ? count : 1,
                    all.lastAccessTime().to(TimeUnit.SECONDS),
                    modified.getEpochSecond(),
                    modified.getNano()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Sets when {@code path} was last used and, when given, its modification time. */
    static void setTimes(Path path, long accessed, OptionalLong modified) throws IOException {
        if (Posix.AVAILABLE) {
            Posix.setTimes(path, accessed, modified);
            return;
        }
        FileTime time = modified.isPresent()
                ? FileTime.from(modified.getAsLong(), TimeUnit.SECONDS)
                : Files.getLastModifiedTime(path);
        Files.getFileAttributeView(path, BasicFileAttributeView.class)
                .setTimes(time, FileTime.from(accessed, TimeUnit.SECONDS), null);
    }
}
