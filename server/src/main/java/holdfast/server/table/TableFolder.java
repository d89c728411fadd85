package holdfast.server.table;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder of a table, replaced as a whole by {@link #prepare} and {@link #replace}. A crash
 * between leaves the old one, the new one, or the new one still under its other name.
 */
final class TableFolder {
    private final Path folder;
    private final Path next;
    private final Path old;

    TableFolder(Path folder) {
        this.folder = folder.toAbsolutePath();
        this.next = this.folder.resolveSibling(folder.getFileName() + ".next");
        this.old = this.folder.resolveSibling(folder.getFileName() + ".old");
    }

    Path path() {
        return folder;
    }

    /** Finishes or undoes what a crash interrupted. */
    void recover() throws IOException {
        if (Files.exists(next) && !Files.exists(folder)) {
            // The old one went only after the new one was whole and durable.
            Files.move(next, folder, StandardCopyOption.ATOMIC_MOVE);
        }
        delete(next);
        delete(old);
        Files.createDirectories(folder);
        sync(folder.resolve(".."));
    }

    /** Makes a whole, durable copy of a checkpoint; files that never change are linked. */
    void prepare(Path checkpoint) throws IOException {
        delete(next);
        Files.createDirectories(next);
        for (Path file : files(checkpoint)) {
            Path to = next.resolve(file.getFileName());
            if (neverChanges(file)) {
                link(file, to);
            } else {
                Files.copy(file, to);
            }
            sync(to);
        }
        sync(next);
        sync(next.resolve(".."));
    }

    private static boolean neverChanges(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".sst") || name.endsWith(".blob");
    }

    private static void link(Path file, Path to) throws IOException {
        try {
            Files.createLink(to, file);
        } catch (IOException | UnsupportedOperationException e) {
            // Another file system, or one without links.
            Files.copy(file, to);
        }
    }

    /** Puts the copy in the table's place. */
    void replace() throws IOException {
        delete(old);
        if (Files.exists(folder)) {
            Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(next, folder, StandardCopyOption.ATOMIC_MOVE);
        sync(folder.resolve(".."));
        delete(old);
    }

    /** Makes a new checkpoint durable, with its names. */
    static void syncAll(Path checkpoint) throws IOException {
        for (Path file : files(checkpoint)) {
            sync(file);
        }
        sync(checkpoint);
        sync(checkpoint.toAbsolutePath().resolve(".."));
    }

    private static List<Path> files(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isRegularFile(entry)) {
                    found.add(entry);
                }
            }
        }
        return found;
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void delete(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
