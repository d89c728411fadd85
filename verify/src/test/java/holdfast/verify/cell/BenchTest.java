package holdfast.verify.cell;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.app.bench.Bench;
import holdfast.verify.processes.LocalProcess;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** That the benchmarks run and leave nothing; their figures are no matter of tests. */
final class BenchTest {
    @TempDir
    Path folder;

    @Test
    void everyFigureIsMeasuredAndNothingStays() throws IOException {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        List<String> small = List.of(
                "bench", "--runs", "1", "--size", "4MiB", "--files", "8", "--json", "--folder");
        List<String> command =
                Stream.concat(small.stream(), Stream.of(disk.toString())).toList();
        try (LocalProcess bench = LocalProcess.holdfast(folder, Map.of(), command)) {
            assertThat(bench.awaitEnd()).as(bench.err()).isZero();
            assertThat(bench.out().lines())
                    .hasSize(1 + Bench.NAMES.size())
                    .allMatch(line -> line.matches("\\{\"figure\":.*\"median\":.*\"met\":.*}"));
            for (String name : Bench.NAMES) {
                assertThat(bench.out()).contains("\"figure\":\"" + name + "\"");
            }
        }
        assertThat(disk).isEmptyDirectory();
    }

    @Test
    void anUnknownFigureIsRefusedBeforeAnythingStarts() {
        List<String> command = List.of("bench", "--only", "speed");
        try (LocalProcess bench = LocalProcess.holdfast(folder, Map.of(), command)) {
            assertThat(bench.awaitEnd()).isEqualTo(1);
            assertThat(bench.err()).contains("'speed' is none of the figures: idle, warm-open");
        }
    }
}
