package holdfast.client.cache;

import holdfast.model.chunk.ContentId;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/** A look at the whole folder: what it takes, and which objects could go. */
final class Scan {
    private static final int CANDIDATES_MAX = 50_000;
    private static final int NAME_DIGITS = 2 * ContentId.BYTES;

    private static final Comparator<Found> OLDEST_FIRST =
            Comparator.comparingLong(Found::used).thenComparing(Found::id);

    private long bytes;
    private final PriorityQueue<Found> candidates = new PriorityQueue<>(OLDEST_FIRST.reversed());

    private Scan() {}

    /**
     * An object, whole or partial.
     *
     * @param used seconds since 1970
     */
    record Found(ContentId id, boolean whole, long bytes, long used, int links) {}

    /** What a visitor is told. */
    @FunctionalInterface
    interface Visitor {
        void visit(Found found) throws IOException;
    }

    /** Looks at everything. */
    static Scan of(Folder folder) throws IOException {
        Scan scan = new Scan();
        objects(folder, scan::count);
        each(folder.open(), "*", home -> {
            if (Files.isDirectory(home)) {
                scan.countProcess(home);
            }
        });
        return scan;
    }

    /** Visits all objects, whole and partial. */
    static void objects(Folder folder, Visitor visitor) throws IOException {
        for (Path shard : folder.shards()) {
            each(shard, "*", file -> {
                if (isName(file)) {
                    visit(file, file, true, visitor);
                }
            });
        }
        each(folder.partial(), "*", home -> {
            if (isName(home)) {
                visit(home, home.resolve(PartialStore.DATA), false, visitor);
            }
        });
    }

    private static boolean isName(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.length() == NAME_DIGITS && name.chars().allMatch(Scan::isDigit);
    }

    private static boolean isDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }

    private static void visit(Path named, Path data, boolean whole, Visitor visitor)
            throws IOException {
        Optional<FileFacts> facts = FileFacts.of(data);
        if (facts.isPresent()) {
            FileFacts known = facts.get();
            ContentId id = ContentId.ofHex(String.valueOf(named.getFileName()));
            long taken = Math.min(known.allocated(), Space.footprint(known.size()));
            visitor.visit(new Found(id, whole, taken, known.accessed(), known.links()));
        }
    }

    @FunctionalInterface
    private interface PathVisitor {
        void visit(Path path) throws IOException;
    }

    private static void each(Path folder, String glob, PathVisitor visitor) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, glob)) {
            for (Path path : all) {
                visitor.visit(path);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            // not made yet, or gone
        }
    }

    private void count(Found found) {
        bytes += found.bytes();
        if (found.links() == 1) {
            candidates.add(found);
            if (candidates.size() > CANDIDATES_MAX) {
                candidates.poll();
            }
        }
    }

    /** What a process has reserved, and what it alone still has open. */
    private void countProcess(Path home) throws IOException {
        bytes += Usage.reservedIn(home);
        each(home, "[0-9]*", link -> {
            Optional<FileFacts> facts = FileFacts.of(link);
            if (facts.isPresent() && facts.get().links() == 1) {
                bytes += facts.get().allocated();
            }
        });
    }

    /** Bytes that objects take or that are reserved for them. */
    long bytes() {
        return bytes;
    }

    /**
     * Objects that nobody has open, the least recently used first; of very many only the oldest.
     */
    List<Found> oldest() {
        List<Found> sorted = new ArrayList<>(candidates);
        sorted.sort(OLDEST_FIRST);
        return sorted;
    }
}
