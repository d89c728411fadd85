package holdfast.verify.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Servers files and configurations that lead to nobody, or to somebody else. */
@ExtendWith(SharedCell.class)
final class WrongServersTest {
    private static final byte[] NEWER_VERSION = {8, 1, 32, 9};

    private static String servers(ProcessCell cell, int directory, int locking) {
        return cell.write("wrong-" + directory + "-" + locking + ".json", """
            {"directory_server": "127.0.0.1:%d", "locking_server": "127.0.0.1:%d"}
            """.formatted(
                                directory, locking))
                .toString();
    }

    private static String servers(ProcessCell cell, int directory) {
        return servers(cell, directory, cell.port(Server.LOCKING));
    }

    @Test
    void aWrongPortIsNamedWithinTheTimeThatWasGiven(ProcessCell cell) {
        int nobody = ProcessCell.freePort();
        assertThat(cell.refused(
                        5, "ls", "--servers", servers(cell, nobody), "--timeout", "2s", "/"))
                .contains("Connection refused")
                .contains("directory server 127.0.0.1:" + nobody)
                .contains("holdfast doctor");
    }

    @Test
    void aLockingServerAtAWrongPortIsNamed(ProcessCell cell) {
        int nobody = ProcessCell.freePort();
        String servers = servers(cell, cell.port(Server.DIRECTORY), nobody);
        cell.done("touch", "/etc/locked");
        String local = cell.write("contents", "x").toString();
        assertThat(cell.refused(
                        5, "put", "--servers", servers, "--timeout", "2s", local, "/etc/locked"))
                .contains("/etc/locked")
                .contains("locking server 127.0.0.1:" + nobody);
        assertThat(cell.done("cat", "/etc/locked")).isEmpty();
    }

    @Test
    void aHostThatIsNotThereIsNamed(ProcessCell cell) {
        Path servers =
                cell.write("nohost.json", "{\"directory_server\": \"no-such-host.invalid:1\"}");
        assertThat(cell.refused(5, "ls", "--servers", servers.toString(), "--timeout", "2s", "/"))
                .contains("unknown host no-such-host.invalid");
    }

    @Test
    void aServerOfAnotherRoleSaysWhatItIs(ProcessCell cell) {
        int locking = cell.port(Server.LOCKING);
        assertThat(cell.refused(7, "ls", "--servers", servers(cell, locking), "/"))
                .isEqualTo("holdfast: the server at 127.0.0.1:" + locking
                        + " is a locking server, not a directory server");
        int files = cell.port(Server.FILES_1);
        String servers = servers(cell, cell.port(Server.DIRECTORY), files);
        cell.done("touch", "/etc/file");
        assertThat(cell.refused(7, "edit", "--servers", servers, "/etc/file"))
                .isEqualTo("holdfast: /etc/file: the server at 127.0.0.1:" + files
                        + " is a file server, not a locking server");
    }

    @Test
    void aServerThatSpeaksANewerVersionIsNamedWithBothVersions(ProcessCell cell)
            throws IOException {
        try (OneAnswerServer newer = new OneAnswerServer(
                asked -> Frames.frame(9, Frames.REPLY, Frames.sequenceOf(asked), NEWER_VERSION))) {
            assertThat(cell.refused(7, "ls", "--servers", servers(cell, newer.port()), "/"))
                    .contains("the server speaks version 9 of the protocol, this program version 1")
                    .contains("127.0.0.1:" + newer.port());
        }
    }

    @Test
    void aWebServerIsNoServerOfACell(ProcessCell cell) throws IOException {
        byte[] answer = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (OneAnswerServer web = new OneAnswerServer(asked -> answer)) {
            String servers = servers(cell, web.port());
            assertThat(cell.refused(5, "ls", "--servers", servers, "--timeout", "2s", "/"))
                    .contains("bytes that are not Holdfast's protocol")
                    .contains("127.0.0.1:" + web.port());
        }
    }

    @Test
    void aServersFileThatCanNotBeReadIsNamedWithItsLine(ProcessCell cell) {
        String wrong =
                cell.write("typo.json", "{\n\"directory\": \"127.0.0.1:8002\"}").toString();
        String why = ", line 2: unknown key \"directory\"; expected directory_server, "
                + "locking_server";
        assertThat(cell.refused(7, "ls", "--servers", wrong, "/"))
                .isEqualTo("holdfast: " + wrong + why);
        assertThat(cell.holdfast(Map.of("HOLDFAST_SERVERS", wrong), List.of("ls", "/"))
                        .awaitRefusal(7))
                .isEqualTo("holdfast: " + wrong + why);
        assertThat(cell.refused(7, "ls", "--servers", "none.json", "/"))
                .isEqualTo("holdfast: none.json: no such file; expected a JSON file");
    }
}
