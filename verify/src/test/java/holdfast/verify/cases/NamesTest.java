package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Names, and files without contents, from local files to the cell and back. */
@ExtendWith(SharedCell.class)
final class NamesTest {
    private static final Map<String, String> ASCII = Map.of("LC_ALL", "C");

    /** A folder whose names are no text, or not the text that they look like. */
    private static final String MAKE_NAMES = """
        mkdir names && cd names
        echo decomposed > "$(printf '\\343\\202\\267\\343\\202\\231')"
        echo composed > "$(printf '\\343\\202\\270')"
        echo 'no text' > "$(printf '\\377\\376')"
        echo 'looks like it' > '\\xff\\xfe'
        echo 'two lines' > "$(printf 'two\\nlines')"
        echo long > "$(printf '%0255d' 0)"
        printf '' > empty
        mkdir "$(printf 'caf\\351')"
        echo inside > "$(printf 'caf\\351/a b')"
        ln -s "$(printf 'caf\\351/a b')" link
        ln -s / root
        """;

    @Test
    void namesComeBackAsTheBytesThatTheyWere(ProcessCell cell) {
        succeeds(LocalProcess.program(cell.folder(), "sh", "-ec", MAKE_NAMES));
        succeeds(cell.holdfast(ASCII, List.of("put", "-r", "names", "/src/names")));
        succeeds(cell.holdfast(
                ASCII, List.of("get", "-r", "--cache", "another", "/src/names", "back")));
        LocalProcess diff = LocalProcess.program(
                cell.folder(), "diff", "-r", "--no-dereference", "names", "back");
        succeeds(diff);
        assertThat(diff.out()).isEmpty();
        assertThat(cell.done("ls", "/src/names").lines())
                .containsOnlyOnce("\u30b7\u3099", "\u30b8");
        LocalProcess again = cell.holdfast(ASCII, List.of("put", "-r", "names", "/src/names"));
        succeeds(again);
        assertThat(again.out()).startsWith("put 0 files").contains("10 files already there");
    }

    private static void succeeds(LocalProcess process) {
        assertThat(process.awaitEnd()).as(process.out() + process.err()).isZero();
    }

    @Test
    void aNameOf255BytesIsMadeAndOneOf256IsTooLong(ProcessCell cell) {
        Path local = cell.write("local", "contents");
        String longest = "/home/" + "n".repeat(255);
        cell.done("put", local.toString(), longest);
        assertThat(cell.done("cat", longest)).isEqualTo("contents");
        assertThat(cell.refused(1, "put", local.toString(), longest + "n")).contains("255");
        assertThat(cell.refused(1, "mkdir", longest + "n")).contains("255");
        assertThat(cell.done("ls", "/home"))
                .contains("n".repeat(255))
                .doesNotContain("n".repeat(256));
    }

    @Test
    void anEmptyFileIsStoredAndReplacesAFullOne(ProcessCell cell) {
        Path empty = cell.write("empty", "");
        Path full = cell.write("full", "full");
        cell.done("put", empty.toString(), "/etc/file");
        assertThat(cell.done("stat", "--json", "/etc/file")).contains("\"size\":0,");
        cell.done("put", full.toString(), "/etc/file");
        assertThat(cell.done("cat", "/etc/file")).isEqualTo("full");
        cell.done("put", empty.toString(), "/etc/file");
        assertThat(cell.done("cat", "/etc/file")).isEmpty();
        assertThat(cell.done("stat", "--json", "/etc/file"))
                .contains("\"size\":0,", "\"dataVersion\":3,");
    }
}
