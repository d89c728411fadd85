package holdfast.verify.cell;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code edit} with editors that succeed, fail and take their time; what is kept then. */
@ExtendWith(SharedCell.class)
final class EditingTest {
    /** An editor that runs {@code script} on the file {@code "$1"}. */
    private static Map<String, String> editor(ProcessCell cell, String script) {
        Path file = cell.write("editor-" + script.hashCode() + ".sh", script);
        return Map.of("EDITOR", "sh " + file);
    }

    private static LocalProcess edit(ProcessCell cell, String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of("edit"));
        command.addAll(List.of(arguments));
        return cell.holdfast(editor(cell, script), command);
    }

    private static String edited(ProcessCell cell, String script, String... arguments) {
        LocalProcess edit = edit(cell, script, arguments);
        assertThat(edit.awaitEnd()).as(edit.err()).isZero();
        return edit.out();
    }

    /** An editor that appends {@code text} when the file {@code go} is there. */
    private static String slowly(String text) {
        return "echo editing; until [ -e go-" + text + " ]; do sleep 0.05; done; printf " + text
                + " >> \"$1\"";
    }

    private static LocalProcess editSlowly(ProcessCell cell, String text, String path) {
        LocalProcess edit = edit(cell, slowly(text), "--timeout", "3s", path);
        edit.awaitOut("editing");
        return edit;
    }

    private static void go(ProcessCell cell, String text) {
        try {
            Files.createFile(cell.folder().resolve("go-" + text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String onlyKept(ProcessCell cell) {
        List<String> listed = cell.done("recover", "list").lines().toList();
        assertThat(listed).hasSize(2);
        return listed.getLast().replaceFirst(" .*", "");
    }

    @Test
    void anEditorMakesAFileAndChangesIt(ProcessCell cell) {
        assertThat(edited(cell, "printf one > \"$1\"", "/src/text"))
                .isEqualTo("/src/text: stored, 3 B\n");
        assertThat(edited(cell, "printf two >> \"$1\"", "--json", "/src/text"))
                .matches("\\{\"path\":\"/src/text\",\"dataVersion\":\\d+,\"size\":6}\n");
        assertThat(edited(cell, "true", "/src/text")).isEqualTo("/src/text: unchanged\n");
        String renaming = "sed s/one/1/ \"$1\" > \"$1.new\"; mv \"$1.new\" \"$1\"";
        assertThat(edited(cell, renaming, "/src/text")).isEqualTo("/src/text: stored, 4 B\n");
        assertThat(cell.done("cat", "/src/text")).isEqualTo("1two");
    }

    @Test
    void anEditorThatFailsLeavesAllAsItWas(ProcessCell cell) {
        String failing = "printf lost >> \"$1\"; exit 3";
        assertThat(edit(cell, failing, "/etc/new").awaitRefusal(2))
                .isEqualTo("holdfast: /etc/new: the editor ended with 3; nothing was stored");
        assertThat(cell.refused(4, "stat", "/etc/new")).contains("/etc/new");
        edited(cell, "printf old > \"$1\"", "/etc/old");
        edit(cell, failing, "/etc/old").awaitRefusal(2);
        assertThat(cell.done("cat", "/etc/old")).isEqualTo("old");
        assertThat(cell.done("locks")).doesNotContain("/etc/");
        assertThat(cell.done("recover")).doesNotContain("/etc/");
    }

    @Test
    void othersSeeWhoHoldsTheLockAndMayTakeIt(ProcessCell cell) {
        edited(cell, "printf old > \"$1\"", "/src/held");
        LocalProcess holder = editSlowly(cell, "mine", "/src/held");
        assertThat(cell.done("locks")).contains("/src/held").contains("exclusive");
        assertThat(edit(cell, "true", "--wait", "0s", "/src/held").awaitRefusal(10))
                .startsWith("holdfast: /src/held: locked by ");
        assertThat(cell.done("locks", "break", "--reason", "a test", "/src/held"))
                .isEqualTo("/src/held: 1 lock taken back\n");
        assertThat(cell.done("locks", "break", "/src/held"))
                .isEqualTo("/src/held: no lock was held\n");
        edited(cell, "printf theirs > \"$1\"", "/src/held");
        go(cell, "mine");
        assertThat(holder.awaitEnd()).isEqualTo(11);
        // Whether its heartbeat or the file server told it first.
        assertThat(holder.err().lines().toList().getLast())
                .matches("holdfast: /src/held: (the lock was lost: .*|lock \\S+ is older than the"
                        + " file's fence .*)what was written is kept as .*");
        assertThat(cell.done("cat", "/src/held")).isEqualTo("theirs");
        String id = onlyKept(cell);
        assertThat(cell.done("recover")).contains("changed by others meanwhile");
        assertThat(cell.refused(11, "recover", "send", id))
                .startsWith("holdfast: /src/held: another version was stored meanwhile");
        assertThat(cell.done("recover", "save", id, "mine.txt"))
                .isEqualTo(id + ": saved as mine.txt\n");
        assertThat(cell.folder().resolve("mine.txt")).hasContent("oldmine");
        assertThat(cell.done("recover", "discard", id)).isEqualTo(id + ": discarded\n");
        assertThat(cell.refused(4, "recover", "discard", id)).contains(id);
        assertThat(cell.done("recover")).isEqualTo("nothing to recover\n");
    }

    @Test
    void whatADeadServerDidNotTakeIsSentWhenItIsBack(ProcessCell cell) {
        edited(cell, "printf old > \"$1\"", "/home/text");
        LocalProcess edit = editSlowly(cell, "kept", "/home/text");
        cell.kill(Server.FILES_2);
        go(cell, "kept");
        assertThat(edit.awaitRefusal(5))
                .startsWith("holdfast: /home/text: ")
                .contains("what was written is kept as ")
                .contains("holdfast recover")
                .contains("file server 127.0.0.1:" + cell.port(Server.FILES_2));
        assertThat(cell.refused(5, "put", "--timeout", "2s", "servers.json", "/home/text"))
                .contains("/home/text");
        cell.start(Server.FILES_2);
        assertThat(cell.done("cat", "/home/text")).isEqualTo("old");
        String id = onlyKept(cell);
        assertThat(cell.done("recover", "--json"))
                .contains("\"id\":\"" + id + "\"")
                .contains("\"path\":\"/home/text\"")
                .contains("\"state\":\"KEPT\"");
        assertThat(cell.done("recover", "send", id)).startsWith(id + ": stored, version ");
        assertThat(cell.done("cat", "/home/text")).isEqualTo("oldkept");
        assertThat(cell.done("recover")).isEqualTo("nothing to recover\n");
    }
}
