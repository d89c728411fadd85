package holdfast.client.cache;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** Whole files and folders at a time. */
final class Trees {
    private static final long COPY_STEP = 16L << 20;

    private Trees() {}

    /** Removes a folder with all that is in it; others may be doing the same. */
    static void remove(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                    throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure)
                    throws IOException {
                return goneOrThrow(failure);
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    return goneOrThrow(failure);
                }
                Files.deleteIfExists(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static FileVisitResult goneOrThrow(IOException failure) throws IOException {
        if (failure instanceof NoSuchFileException) {
            return FileVisitResult.CONTINUE;
        }
        throw failure;
    }

    /**
     * Replaces {@code file} with one that holds {@code bytes}: after a crash it holds the old or
     * the new ones.
     */
    static void replace(Path file, byte[] bytes, Path temporary, boolean durable)
            throws IOException {
        Files.write(temporary, bytes);
        if (durable) {
            sync(temporary);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        Path parent = file.getParent();
        if (durable && parent != null) {
            sync(parent);
        }
    }

    /** Copies a file, inside the kernel where it can; holes stay holes. */
    static void copy(Path from, Path to) throws IOException {
        try (LocalSource source = LocalSource.open(from);
                RandomAccessFile file = new RandomAccessFile(to.toFile(), "rw");
                FileChannel target = file.getChannel()) {
            file.setLength(0);
            file.setLength(source.size());
            long at = source.zerosUntil(0);
            while (at < source.size()) {
                long end = Math.min(source.dataUntil(at), at + COPY_STEP);
                FileChannel _ = target.position(at);
                long copied = source.channel().transferTo(at, end - at, target);
                if (copied <= 0) {
                    throw new IOException("the file became shorter while it was copied");
                }
                at = source.zerosUntil(at + copied);
            }
        }
    }

    /** Makes a file's bytes, or a folder's names, durable. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
