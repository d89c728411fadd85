package holdfast.verify.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.nio.file.Path;
import java.util.List;

/** Servers that are told to use a folder, a port or a directory that is not theirs. */
@ExtendWith(SharedCell.class)
final class WrongFoldersTest {
    private static String port() {
        return String.valueOf(ProcessCell.freePort());
    }

    private static String directoryServer(ProcessCell cell, int code, String data) {
        return cell.refused(code, "directory-server", "--port", port(), "--data", data);
    }

    private static String fileServer(ProcessCell cell, int code, String directories, String root) {
        Path config = cell.write(
                "wrong-fs.json",
                "{\"serving_dirs\": [\"" + directories.replace(",", "\", \"")
                        + "\"], \"directory_server\": \"" + cell.directory()
                        + "\", \"files_root\": \"" + root + "\"}");
        return cell.refused(code, "file-server", "--port", port(), "--config", config.toString());
    }

    @Test
    void aFolderThatCanNotBeMadeIsNamedWithTheReason(ProcessCell cell) {
        cell.write("plain", "a file");
        Path folder = cell.folder().toAbsolutePath();
        assertThat(fileServer(cell, 7, "/new", "plain/root"))
                .isEqualTo("holdfast: the data folder " + folder + "/plain/root can't be made: "
                        + folder + "/plain/root: Not a directory");
        assertThat(directoryServer(cell, 7, "plain"))
                .isEqualTo("holdfast: the data folder " + folder + "/plain can't be made: " + folder
                        + "/plain is no folder");
        assertThat(directoryServer(cell, 7, "/proc/holdfast"))
                .startsWith("holdfast: the data folder /proc/holdfast can't be made: ");
        assertThat(folder.resolve("plain")).isRegularFile();
    }

    @Test
    void theFolderOfALivingServerIsNotShared(ProcessCell cell) {
        assertThat(directoryServer(cell, 7, "directory"))
                .endsWith("/directory is in use by another process");
        cell.done("ls", "/");
    }

    @Test
    void theFolderOfAServerOfAnotherRoleIsLeftAlone(ProcessCell cell) {
        cell.process(Server.FILES_2).close();
        assertThat(directoryServer(cell, 7, "fs2_root"))
                .endsWith("/fs2_root belongs to a file server, not to a directory server");
        cell.start(Server.FILES_2);
        cell.done("ls", "/home");
    }

    @Test
    void aPortThatIsTakenIsNamed(ProcessCell cell) {
        String taken = String.valueOf(cell.port(Server.LOCKING));
        assertThat(cell.refused(7, "directory-server", "--port", taken, "--data", "fresh"))
                .isEqualTo("holdfast: can't listen on 127.0.0.1:" + taken
                        + ": Address already in use");
    }

    @Test
    void onlyThisMachineIsListenedTo(ProcessCell cell) {
        assertThat(cell.refused(
                        7,
                        "directory-server",
                        "--host",
                        "0.0.0.0",
                        "--port",
                        port(),
                        "--data",
                        "open"))
                .contains("only loopback addresses");
    }

    @Test
    void aDirectoryThatAnotherServesIsRefusedAndTheServerEnds(ProcessCell cell) {
        String served = "/home: this directory is served by file server 127.0.0.1:"
                + cell.port(Server.FILES_2) + " already";
        assertThat(fileServer(cell, 2, "/home,/more", "fs3_root"))
                .contains(served)
                .contains("; its replicas name just the directories that it names: /home");
        assertThat(cell.done("volumes")).contains("/home").doesNotContain("/more");
    }

    @Test
    void aFolderWithFilesOfItsOwnDoesNotBecomeAReplica(ProcessCell cell) {
        Path config = cell.write("other-fs.json", """
            {"serving_dirs": ["/other"], "directory_server": "%s", "files_root": "fs4_root"}
            """.formatted(cell.directory()));
        try (LocalProcess other = cell.holdfast(
                List.of("file-server", "--port", port(), "--config", config.toString()))) {
            other.awaitOut(" server at ");
        }
        assertThat(fileServer(cell, 2, "/home", "fs4_root"))
                .contains("/home: this directory is served by file server 127.0.0.1:"
                        + cell.port(Server.FILES_2)
                        + " already; only a server with an empty data folder becomes its replica");
    }

    @Test
    void aServerWhoseDirectoryServerIsSomethingElseEnds(ProcessCell cell) {
        String locking = "127.0.0.1:" + cell.port(Server.LOCKING);
        assertThat(cell.refused(
                        7,
                        "locking-server",
                        "--port",
                        port(),
                        "--data",
                        "locking-2",
                        "--directory",
                        locking))
                .isEqualTo("holdfast: the server at " + locking
                        + " is a locking server, not a directory server");
    }

    @Test
    void aServerWhoseDirectoryServerIsNotThereSaysSoAndKeepsTrying(ProcessCell cell) {
        int nobody = ProcessCell.freePort();
        try (LocalProcess waiting = cell.holdfast(List.of(
                "locking-server",
                "--port",
                port(),
                "--data",
                "locking-3",
                "--directory",
                "127.0.0.1:" + nobody))) {
            waiting.awaitErr("keeps trying");
            assertThat(waiting.err()).contains("127.0.0.1:" + nobody);
            assertThat(waiting.alive()).isTrue();
        }
    }
}
