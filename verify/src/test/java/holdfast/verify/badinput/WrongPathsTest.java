package holdfast.verify.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Paths that lead nowhere, or to something else. */
@ExtendWith(SharedCell.class)
final class WrongPathsTest {
    @Test
    void aPathThatNoServerServesIsNamed(ProcessCell cell) {
        assertThat(cell.refused(3, "cat", "/nobody/serves/this"))
                .contains("/nobody/serves/this")
                .contains("holdfast volumes");
        assertThat(cell.refused(3, "put", cell.write("local", "x").toString(), "/nobody/f"))
                .contains("/nobody/f")
                .contains("holdfast volumes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = true,
            value = {
                "/src/../etc/passwd | /src/../etc/passwd: '..' can't be part of a path",
                "/src/./f           | /src/./f: '.' can't be part of a path",
                "/src//f            | /src//f: two slashes in a row can't be part of a path",
                "src/f              | src/f: a path of the cell starts with '/'",
                "''                 | an empty path; the root of the cell is '/'",
            })
    void aPathIsRefusedRatherThanCleanedUp(String path, String why, ProcessCell cell) {
        assertThat(cell.refused(1, "cat", path)).isEqualTo("holdfast: " + why);
    }

    @Test
    void aNameBeyondItsBoundIsRefusedWithIt(ProcessCell cell) {
        assertThat(cell.refused(1, "mkdir", "/src/" + "n".repeat(256)))
                .endsWith(": a name has at most 255 bytes, this one 256");
        assertThat(cell.refused(1, "stat", "/src" + "/d".repeat(1024)))
                .contains("a path has at most 1,024 names");
        assertThat(cell.refused(1, "ln", "-s", "t".repeat(4097), "/src/link"))
                .contains("/src/link");
        assertThat(cell.done("ls", "/src")).doesNotContain("link");
    }

    @Test
    void aFileIsNoDirectory(ProcessCell cell) {
        cell.done("touch", "/src/file");
        String local = cell.write("local", "x").toString();
        String notOne = "holdfast: /src/file: not a directory";
        assertThat(cell.refused(2, "ls", "/src/file/below")).isEqualTo(notOne);
        assertThat(cell.refused(2, "cat", "/src/file/below")).isEqualTo(notOne);
        assertThat(cell.refused(2, "mkdir", "-p", "/src/file/below")).isEqualTo(notOne);
        assertThat(cell.refused(2, "put", local, "/src/file/below")).isEqualTo(notOne);
        assertThat(cell.refused(2, "put", local, "/src/file/")).isEqualTo(notOne);
        assertThat(cell.refused(2, "put", "-r", ".", "/src/file")).isEqualTo(notOne);
        assertThat(cell.done("stat", "--json", "/src/file")).contains("\"size\":0");
    }

    @Test
    void aDirectoryIsNoFile(ProcessCell cell) {
        cell.done("mkdir", "-p", "/etc/d/below");
        cell.done("touch", "/etc/plain");
        String isOne = "holdfast: /etc/d: is a directory";
        assertThat(cell.refused(2, "cat", "/etc/d")).isEqualTo(isOne);
        assertThat(cell.refused(2, "edit", "/etc/d")).isEqualTo(isOne);
        assertThat(cell.refused(2, "get", "/etc/d", "copy"))
                .isEqualTo("holdfast: /etc/d: a directory; use get -r");
        assertThat(cell.refused(2, "cp", "/etc/d", "/etc/copy"))
                .isEqualTo("holdfast: /etc/d: a directory; use cp -r");
        assertThat(cell.refused(2, "rm", "/etc/d"))
                .isEqualTo("holdfast: /etc/d: a directory that is not empty; use rm -r");
        assertThat(cell.refused(2, "mv", "/etc/d", "/etc/plain"))
                .startsWith("holdfast: /etc/plain: a directory can't replace a file");
        assertThat(cell.done("ls", "/etc")).isEqualTo("d\nplain\n");
        assertThat(cell.folder().resolve("copy")).doesNotExist();
    }

    @Test
    void aTreeWithAVolumeInItIsNotRemovedAndNothingOfItIs(ProcessCell cell) {
        cell.done("touch", "/home/kept");
        for (String path : new String[] {"/home", "/"}) {
            assertThat(cell.refused(6, "rm", "-r", "-f", path))
                    .contains("a volume is mounted here; 'holdfast volumes remove'");
        }
        assertThat(cell.done("ls", "/home")).contains("kept");
    }

    @Test
    void aLocalPathThatIsWrongIsCalledLocal(ProcessCell cell) {
        cell.done("touch", "/src/here");
        assertThat(cell.refused(4, "put", "no-such-file", "/src/there"))
                .isEqualTo("holdfast: no-such-file: no such local file or folder");
        assertThat(cell.refused(2, "get", "/src/here", "no/such/folder/here"))
                .contains("/src/here: on this machine: ")
                .endsWith("no/such/folder: no such file or folder");
        assertThat(cell.done("ls", "/src")).doesNotContain("there");
    }
}
