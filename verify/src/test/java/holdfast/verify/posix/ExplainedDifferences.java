package holdfast.verify.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The differences between a local disk and another file system that a page for people explains, in
 * a table with these columns: calls of the POSIX kit, outcome on the local disk, outcome there,
 * why. {@code *} stands for any text.
 */
final class ExplainedDifferences {
    private static final String HEADER = "| call of the kit |";

    /** Texts in the table are code. */
    private static final Pattern ROW =
            Pattern.compile("\\| `(.+?)` \\| `(.+?)` \\| `(.+?)` \\| .+ \\|");

    private final List<Row> rows;

    private record Row(String line, Pattern call, Pattern here, Pattern there) {
        boolean explains(Difference difference) {
            return call.matcher(difference.call()).matches()
                    && here.matcher(difference.here()).matches()
                    && there.matcher(difference.there()).matches();
        }
    }

    private ExplainedDifferences(List<Row> rows) {
        this.rows = rows;
    }

    /** The table of a page. */
    static ExplainedDifferences of(Path page) {
        try {
            List<String> lines = Files.readAllLines(page);
            return new ExplainedDifferences(lines.stream()
                    .dropWhile(line -> !line.startsWith(HEADER))
                    .skip(2)
                    .takeWhile(line -> line.startsWith("|"))
                    .map(line -> row(page, line))
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Row row(Path page, String line) {
        var matcher = ROW.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(page + " has a row that is none: " + line);
        }
        return new Row(
                line, glob(matcher.group(1)), glob(matcher.group(2)), glob(matcher.group(3)));
    }

    private static Pattern glob(String text) {
        return Pattern.compile(Arrays.stream(text.split("\\*", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")));
    }

    /** Those that no row explains. */
    List<Difference> unexplained(List<Difference> differences) {
        return differences.stream()
                .filter(difference -> rows.stream().noneMatch(row -> row.explains(difference)))
                .toList();
    }

    /** The rows that explain none of them, and so are wrong. */
    List<String> unused(List<Difference> differences) {
        return rows.stream()
                .filter(row -> differences.stream().noneMatch(row::explains))
                .map(Row::line)
                .toList();
    }
}
