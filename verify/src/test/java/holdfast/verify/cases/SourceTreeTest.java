package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A tree of real files, from here to a cell and back: the sources of the JDK, of which all are used
 * when {@code holdfast.cases.tree} is {@code all}; where they are missing, another tree of this
 * machine.
 */
@ExtendWith(SharedCell.class)
final class SourceTreeTest {
    private static final Path SOURCES = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    private static final Path OTHERWISE = Path.of("/usr/include");
    private static final String PART = "java.base/java/";
    private static final boolean ALL =
            System.getProperty("holdfast.cases.tree", "").equals("all");

    @Test
    void aTreeComesBackAsItWas(ProcessCell cell) throws IOException {
        Path tree = tree(cell.folder().resolve("tree"));
        System.out.println("put: " + timed(cell, "put", "-r", tree.toString(), "/src/tree"));
        System.out.println(
                "get: " + timed(cell, "get", "-r", "--cache", "another", "/src/tree", "back"));
        LocalProcess diff = LocalProcess.program(
                cell.folder(), "diff", "-r", "--no-dereference", tree.toString(), "back");
        assertThat(diff.awaitEnd()).as(diff.out() + diff.err()).isZero();
        assertThat(diff.out()).isEmpty();
        assertThat(timed(cell, "put", "-r", tree.toString(), "/src/tree"))
                .startsWith("put 0 files");
        assertThat(timed(cell, "get", "-r", "/src/tree", "back")).startsWith("got 0 files");
    }

    private static String timed(ProcessCell cell, String... command) {
        long start = System.nanoTime();
        String said = cell.done(command).strip();
        return said + ", as a process "
                + Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms";
    }

    private static Path tree(Path folder) throws IOException {
        if (!Files.exists(SOURCES)) {
            assumeThat(OTHERWISE).exists();
            return OTHERWISE;
        }
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(SOURCES))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (!entry.isDirectory() && (ALL || entry.getName().startsWith(PART))) {
                    Path file = folder.resolve(entry.getName());
                    Files.createDirectories(Objects.requireNonNull(file.getParent()));
                    Files.copy(zip, file);
                }
            }
        }
        return folder;
    }
}
