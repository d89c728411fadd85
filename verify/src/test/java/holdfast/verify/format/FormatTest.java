package holdfast.verify.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The same check as Spotless', which can parse our sources only when Maven itself runs on the JDK
 * that they are written for.
 */
class FormatTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private final Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.AOSP)
            .formatJavadoc(true)
            .build());

    @Test
    void sourcesAreAsTheFormatterWritesThem() throws IOException {
        assertThat(sources().parallelStream().filter(file -> !formatted(file)))
                .as("files to repair with ./check spotless:apply")
                .isEmpty();
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file ->
                            file.toString().matches(".*/src/(build|main/java|test/java)/.*[.]java"))
                    .toList();
        }
    }

    private boolean formatted(Path file) {
        try {
            String source = Files.readString(file);
            return source.equals(formatter.formatSourceAndFixImports(source));
        } catch (IOException | FormatterException e) {
            throw new IllegalStateException("can't format " + file, e);
        }
    }
}
