package holdfast.verify.cell;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.MadeFor;
import holdfast.client.files.Stat;
import holdfast.model.path.CellPath;
import holdfast.testkit.environment.Requires;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Path;
import java.util.List;

/** The commands for names, attributes, volumes and the cache, typed as a user types them. */
@ExtendWith(SharedCell.class)
final class CommandsTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static String put(ProcessCell cell, String path, String contents) {
        cell.done("put", "--all", cell.write("contents", contents).toString(), path);
        return path;
    }

    /** Each line of what a command says with {@code --json}. */
    private static List<JsonNode> json(ProcessCell cell, String... arguments) {
        return cell.done(arguments).lines().map(JSON::readTree).toList();
    }

    private static JsonNode stat(ProcessCell cell, String path) {
        return json(cell, "stat", "--json", path).getFirst();
    }

    @Test
    void chmodChangesModeAndOwnerAlsoOfAllBelow(ProcessCell cell) {
        cell.done("mkdir", "-p", "/src/mode/below");
        put(cell, "/src/mode/below/file", "x");
        cell.done("chmod", "640", "/src/mode/below/file");
        assertThat(stat(cell, "/src/mode/below/file").get("mode").asString()).isEqualTo("0640");
        cell.done("chmod", "-R", "--owner", "anna", "--group", "staff", "755", "/src/mode");
        assertThat(cell.done("ls", "-l", "/src/mode/below"))
                .startsWith("-rwxr-xr-x   1 anna     staff           1 B ")
                .endsWith(" file\n");
        assertThat(cell.refused(1, "chmod", "u+x", "/src/mode")).contains("octal such as 640");
    }

    @Test
    void cpCopiesFilesAndTreesWithTheirLinks(ProcessCell cell) {
        cell.done("mkdir", "-p", "/src/from/deep");
        put(cell, "/src/from/deep/file", "copied");
        cell.done("ln", "-s", "deep/file", "/src/from/link");
        cell.done("touch", "-d", "2020-02-02T02:02:02Z", "/src/from/deep/file");
        assertThat(cell.done("cp", "-p", "/src/from/deep/file", "/src/one")).contains("1 file");
        assertThat(stat(cell, "/src/one").get("modified").asString())
                .isEqualTo("2020-02-02T02:02:02Z");
        assertThat(cell.done("cp", "-r", "/src/from", "/home")).startsWith("copied 2 files, ");
        assertThat(cell.done("cat", "/home/from/link")).isEqualTo("copied");
        assertThat(cell.done("ls", "-R", "/home/from"))
                .isEqualTo("/home/from:\ndeep\nlink\n\n/home/from/deep:\nfile\n");
        assertThat(cell.refused(1, "cp", "-r", "/src/from", "/src/from/deep/in"))
                .contains("can't be copied into itself");
    }

    @Test
    void specialFilesAreShownAndCopiedButNotRead(ProcessCell cell) throws Exception {
        cell.done("mkdir", "/src/special");
        try (Cell api = cell.connect("cache-special")) {
            CellPath fifo = CellPath.parse("/src/special/fifo");
            api.mknod(fifo, Stat.Type.FIFO, 0640, 0, MadeFor.CALLER);
        }
        assertThat(cell.done("ls", "-l", "/src/special")).startsWith("prw-r----- ");
        assertThat(stat(cell, "/src/special/fifo").get("type").asString()).isEqualTo("fifo");
        assertThat(cell.refused(2, "cat", "/src/special/fifo"))
                .contains("/src/special/fifo: is a fifo, which has no contents in the cell");
        assertThat(cell.refused(2, "get", "/src/special/fifo", "fifo")).contains("is a fifo");
        assertThat(cell.refused(2, "cp", "/src/special/fifo", "/src/f")).contains("is a fifo");
        cell.done("cp", "-r", "/src/special", "/src/special-2");
        assertThat(cell.done("ls", "-l", "/src/special-2")).startsWith("prw-r----- ");
        Path local = cell.folder().resolve("special");
        cell.done("get", "-r", "/src/special", local.toString());
        assertThat(local).isEmptyDirectory();
    }

    @Test
    void touchMakesAnEmptyFileOnceAndSetsTimesThen(ProcessCell cell) {
        cell.done("touch", "/src/touched");
        assertThat(stat(cell, "/src/touched").get("size").asLong()).isZero();
        put(cell, "/src/touched", "full");
        cell.done("touch", "--date", "2021-01-01T00:00:00Z", "/src/touched");
        JsonNode after = stat(cell, "/src/touched");
        assertThat(after.get("size").asLong()).isEqualTo(4);
        assertThat(after.get("modified").asString()).isEqualTo("2021-01-01T00:00:00Z");
        assertThat(cell.refused(1, "touch", "-d", "yesterday", "/src/touched"))
                .contains("expected something like 2026-03-01T12:30:00Z");
    }

    @Test
    void lnAndMvGiveNames(ProcessCell cell) {
        put(cell, "/etc/a", "A");
        cell.done("ln", "/etc/a", "/etc/same");
        assertThat(stat(cell, "/etc/a").get("links").asInt()).isEqualTo(2);
        cell.done("ln", "-s", "a", "/etc/soft");
        assertThat(stat(cell, "/etc/soft").get("target").asString()).isEqualTo("a");
        assertThat(cell.done("cat", "/etc/soft")).isEqualTo("A");
        put(cell, "/etc/b", "B");
        assertThat(cell.refused(2, "mv", "-n", "/etc/a", "/etc/b"))
                .startsWith("holdfast: /etc/b: already exists");
        cell.done("mv", "--exchange", "/etc/a", "/etc/b");
        assertThat(cell.done("cat", "/etc/a", "/etc/b")).isEqualTo("BA");
        cell.done("mkdir", "/etc/folder");
        cell.done("mv", "/etc/a", "/etc/folder/");
        assertThat(cell.done("ls", "/etc/folder")).isEqualTo("a\n");
        assertThat(cell.refused(4, "mv", "/etc/a", "/etc/c"))
                .startsWith("holdfast: /etc/a: no such file or directory");
        assertThat(cell.refused(2, "mv", "/etc/b", "/src/b"))
                .startsWith("holdfast: /src/b: it lies in another volume");
        assertThat(cell.done("cat", "/etc/b")).isEqualTo("A");
    }

    @Test
    void rmRemovesTreesAndSaysBeforehandWhatItWould(ProcessCell cell) {
        cell.done("mkdir", "-p", "/src/tree/below");
        put(cell, "/src/tree/below/file", "x");
        assertThat(cell.done("rm", "-r", "--dry-run", "/src/tree")).isEqualTo("""
            would remove /src/tree/below/file
            would remove /src/tree/below
            would remove /src/tree
            """);
        assertThat(cell.done("rm", "-r", "/src/tree")).isEmpty();
        assertThat(cell.refused(4, "rm", "-r", "/src/tree")).contains("no such file");
        cell.done("rm", "-f", "/src/tree");
    }

    @Test
    void watchShowsWhatOtherCommandsChange(ProcessCell cell) {
        put(cell, "/home/watched", "1");
        try (LocalProcess people = cell.holdfast(List.of("watch", "/home/watched"));
                LocalProcess program =
                        cell.holdfast(List.of("watch", "--json", "--count", "1", "/home"))) {
            people.awaitErr("watching /home/watched");
            program.awaitErr("watching /home");
            put(cell, "/home/watched", "2");
            people.awaitOut("  contents  /home/watched\n");
            cell.done("touch", "/home/another");
            assertThat(program.awaitEnd()).isZero();
            assertThat(program.out().lines().map(JSON::readTree))
                    .singleElement()
                    .satisfies(change -> {
                        assertThat(change.get("path").asString()).isEqualTo("/home");
                        assertThat(change.get("kind").asString()).isEqualTo("entries");
                    });
        }
    }

    @Test
    void volumesAreMadeMovedAndRemovedButNotWithFilesInThem(ProcessCell cell) {
        assertThat(cell.done("volumes", "create", "/home/media", "--quota", "1MiB"))
                .startsWith("/home/media: made (volume ");
        put(cell, "/home/media/song", "la");
        assertThat(cell.refused(
                        6,
                        "put",
                        cell.write("much", "x".repeat(2 << 20)).toString(),
                        "/home/media/much"))
                .contains("/home/media/much")
                .contains("quota of 1048576 bytes");
        Path hollow = cell.write("hollow", "\0".repeat(3 << 20) + "la".repeat(100_000));
        cell.done("put", hollow.toString(), "/home/media/hollow");
        cell.done("rm", "/home/media/hollow");
        assertThat(cell.done("volumes", "move", "/home/media", "/media"))
                .startsWith("/media: mounted here (volume ");
        assertThat(cell.done("cat", "/media/song")).isEqualTo("la");
        assertThat(cell.done("volumes", "list").lines())
                .anyMatch(line -> line.startsWith("/media ") && line.endsWith("1.0 MiB"));
        assertThat(cell.refused(2, "volumes", "remove", "/media"))
                .contains("/media: the volume is not empty");
        cell.done("rm", "/media/song");
        assertThat(cell.done("volumes", "remove", "/media")).isEqualTo("/media: removed\n");
        assertThat(cell.refused(3, "ls", "/media")).contains("/media");
        assertThat(cell.refused(3, "volumes", "remove", "/media")).contains("/media");
    }

    @Test
    void theCacheIsShownClearedAndChecked(ProcessCell cell) {
        put(cell, "/etc/cached", "contents");
        cell.done("cat", "--cache", "other", "/etc/cached");
        String folder = cell.folder().resolve("other").toString();
        assertThat(cell.done("cache", "show", "--cache", "other"))
                .startsWith(folder + ": 1 object, ")
                .contains("/etc/cached");
        assertThat(cell.done("cache", "--cache", "other", "verify"))
                .isEqualTo("all cached objects are whole\n");
        assertThat(json(cell, "cache", "--cache", "other", "--json", "show"))
                .singleElement()
                .satisfies(
                        each -> assertThat(each.get("path").asString()).isEqualTo("/etc/cached"));
        assertThat(cell.done("cache", "--cache", "other", "clear")).endsWith(" freed\n");
        assertThat(cell.done("cache", "show", "--cache", "other"))
                .startsWith(folder + ": 0 objects, 0 B of ");
    }

    @Test
    void everyLineOfJsonIsAnObject(ProcessCell cell) {
        put(cell, "/src/json", "x");
        for (List<String> command : List.of(
                List.of("ls", "--json", "-R", "/"),
                List.of("servers", "--json"),
                List.of("status", "--json"),
                List.of("volumes", "--json"),
                List.of("put", "--json", "servers.json", "/src/json"),
                List.of("get", "--json", "--all", "/src/json", "copy"),
                List.of("cp", "--json", "/src/json", "/src/copy"),
                List.of("mv", "--json", "/src/copy", "/src/moved"),
                List.of("rm", "--json", "--dry-run", "/src/moved"))) {
            assertThat(json(cell, command.toArray(String[]::new)))
                    .as(String.join(" ", command))
                    .isNotEmpty()
                    .allMatch(JsonNode::isObject);
        }
    }

    @Test
    void theCompletionIsAScriptThatBashReads(ProcessCell cell) {
        Requires.command("bash");
        String script = cell.write("completion.sh", cell.done("completion")).toString();
        LocalProcess bash = LocalProcess.program(
                cell.folder(), "bash", "-c", "source " + script + " && complete -p holdfast");
        assertThat(bash.awaitEnd()).as(bash.err()).isZero();
        assertThat(bash.out()).contains("holdfast");
    }
}
