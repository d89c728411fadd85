package holdfast.server.chunk;

import holdfast.model.chunk.ChunkHash;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Where a chunk's file is. {@code arriving/} holds chunks that are whole but may not be durable,
 * and unfinished ones; {@code chunks/ab/} those that are durable; {@code damaged/} what was set
 * aside. A file only ever moves from the first to the second, and that name need not be synced:
 * after a crash the chunk is under one name or the other.
 */
final class ChunkFiles {
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}");
    private static final String UNFINISHED = ".part";
    private static final int DAMAGED_MAX = 64;

    private final Path chunks;
    private final Path arriving;
    private final Path damaged;
    private final AtomicLong numbers = new AtomicLong();

    ChunkFiles(Path folder) throws IOException {
        chunks = Files.createDirectories(folder.resolve("chunks"));
        arriving = Files.createDirectories(folder.resolve("arriving"));
        damaged = Files.createDirectories(folder.resolve("damaged"));
        for (Path path : list(arriving)) {
            if (path.getFileName().toString().endsWith(UNFINISHED)) {
                Files.delete(path);
            }
        }
    }

    /** The folder whose names must be durable before a chunk is. */
    Path arriving() {
        return arriving;
    }

    Path arriving(ChunkHash hash) {
        return arriving.resolve(hash.hex());
    }

    Path durable(ChunkHash hash) {
        String hex = hash.hex();
        return chunks.resolve(hex.substring(0, 2)).resolve(hex);
    }

    /** A name for a chunk that is being received. */
    Path unfinished() {
        return arriving.resolve(numbers.incrementAndGet() + UNFINISHED);
    }

    /** The chunk's file; empty when it is not here. */
    Optional<Path> find(ChunkHash hash) {
        // It may move between two looks, but only one way.
        for (Path path : List.of(durable(hash), arriving(hash), durable(hash))) {
            if (Files.exists(path)) {
                return Optional.of(path);
            }
        }
        return Optional.empty();
    }

    FileChannel open(ChunkHash hash) throws IOException {
        try {
            return FileChannel.open(durable(hash), StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            try {
                return FileChannel.open(arriving(hash), StandardOpenOption.READ);
            } catch (NoSuchFileException again) {
                return FileChannel.open(durable(hash), StandardOpenOption.READ);
            }
        }
    }

    /** It is durable now. */
    void settle(ChunkHash hash) throws IOException {
        Path to = durable(hash);
        try {
            Files.move(arriving(hash), to, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            Files.createDirectories(to.resolve(".."));
            Files.move(arriving(hash), to, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Keeps a damaged chunk's file for a look at it; the newest few. */
    void setAside(ChunkHash hash) throws IOException {
        Path file = find(hash).orElseThrow(() -> new NoSuchFileException(hash.hex()));
        Files.move(file, damaged.resolve(hash.hex()), StandardCopyOption.REPLACE_EXISTING);
        List<Path> kept = new ArrayList<>(list(damaged));
        if (kept.size() > DAMAGED_MAX) {
            kept.sort(Comparator.comparingLong(path -> path.toFile().lastModified()));
            for (Path oldest : kept.subList(0, kept.size() - DAMAGED_MAX)) {
                Files.deleteIfExists(oldest);
            }
        }
    }

    /** Sees a chunk. */
    @FunctionalInterface
    interface Visitor {
        void visit(ChunkHash hash, Path file) throws IOException;
    }

    void eachDurable(Visitor visitor) throws IOException {
        for (Path folder : list(chunks)) {
            each(folder, visitor);
        }
    }

    void eachArriving(Visitor visitor) throws IOException {
        each(arriving, visitor);
    }

    private static void each(Path folder, Visitor visitor) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (NAME.matcher(name).matches()) {
                    visitor.visit(ChunkHash.of(HexFormat.of().parseHex(name)), file);
                }
            }
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(found::add);
        }
        return found;
    }
}
