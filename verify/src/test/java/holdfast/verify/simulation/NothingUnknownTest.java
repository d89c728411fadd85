package holdfast.verify.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.simulation.Unknowns;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What keeps the simulator whole: the product waits, starts threads and dices only in known ways.
 */
class NothingUnknownTest {
    /** Code on real disks and on Ratis, which the simulator replaces. */
    private static final List<String> REPLACED = List.of(
            "holdfast/server/replication/",
            "holdfast/server/table/Rocks",
            "holdfast/server/chunk/Disk",
            "holdfast/server/chunk/SharedSync",
            "holdfast/server/folder/");

    @Test
    void everyWaitThreadAndRandomNumberOfTheProductCanBeSimulated() {
        List<String> unknown = Stream.of(
                        holdfast.model.time.Deadline.class,
                        holdfast.wire.transport.Transport.class,
                        holdfast.server.files.FileService.class,
                        holdfast.client.files.Cell.class)
                .flatMap(NothingUnknownTest::classes)
                .flatMap(file -> Unknowns.in(read(file)).stream())
                .toList();
        assertThat(unknown)
                .as("teach holdfast.testkit.simulation.Instead what these are to do")
                .isEmpty();
    }

    private static Stream<Path> classes(Class<?> ofModule) {
        try {
            URI place =
                    ofModule.getProtectionDomain().getCodeSource().getLocation().toURI();
            Path found = Path.of(place);
            Path root =
                    Files.isDirectory(found) ? found : found.resolveSibling("classes"); // of a jar
            List<Path> all;
            try (Stream<Path> files = Files.walk(root)) {
                all = files.filter(file -> file.toString().endsWith(".class"))
                        .filter(file -> REPLACED.stream()
                                .noneMatch(root.relativize(file).toString()::startsWith))
                        .toList();
            }
            assertThat(all).isNotEmpty();
            return all.stream();
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
