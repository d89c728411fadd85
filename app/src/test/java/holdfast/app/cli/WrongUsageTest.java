package holdfast.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is typed wrong is said in one line, and nothing is connected to. */
final class WrongUsageTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lss               | unknown command 'lss', did you mean 'ls'? (see 'holdfast"
                        + " --help')",
                "cache clera       | unknown command 'clera', did you mean 'clear'",
                "ls --recursiv     | unknown option '--recursiv', did you mean '--recursive'",
                "put one           | Missing required parameter: 'PATH' (see 'holdfast put"
                        + " --help')",
                "ls --timeout abc  | Invalid value for option '--timeout': 'abc' is not a time"
                        + " (expected",
                "put -j x a /a     | Invalid value for option '--at-once': 'x' is not an int (see",
                "file-server       | Missing required option: '--config=FILE' (see 'holdfast"
                        + " file-server",
            })
    void itIsOneLineWithTheWayToHelp(String words, String why) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = System.err;
        int code;
        try (PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            System.setErr(err);
            code = Main.run(List.of(words.split(" +", -1)).toArray(String[]::new));
        } finally {
            System.setErr(before);
        }
        assertThat(said.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .asString()
                .startsWith("holdfast: " + why);
        assertThat(code).isEqualTo(1);
    }
}
