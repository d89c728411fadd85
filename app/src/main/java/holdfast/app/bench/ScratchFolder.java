package holdfast.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder that goes, with all in it, when it is closed. */
public record ScratchFolder(Path path) implements AutoCloseable {
    /** Makes one in {@code parent}, which is made when it is absent. */
    public static ScratchFolder in(Path parent, String prefix) throws IOException {
        Files.createDirectories(parent);
        return new ScratchFolder(Files.createTempDirectory(parent.toAbsolutePath(), prefix));
    }

    @Override
    public void close() throws IOException {
        List<Path> all;
        try (Stream<Path> below = Files.walk(path)) {
            all = below.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : all) {
            Files.deleteIfExists(each);
        }
    }
}
