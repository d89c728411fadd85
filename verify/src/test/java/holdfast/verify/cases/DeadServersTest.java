package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.Members;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Files that are written, and locks that are held, while a server is dead. */
@ExtendWith(SharedCell.class)
@Members(3)
final class DeadServersTest {
    private static final Duration SHORT = Duration.ofSeconds(3);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void append(OpenFile file, String text) throws IOException {
        file.channel().write(ByteBuffer.wrap(bytes(text)), file.channel().size());
    }

    @Test
    void whatCanNotBeStoredIsAnErrorAndIsKept(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/home/down");
        Path local = cell.write("new", "by put");
        try (Cell here = cell.connect("cache-down", SHORT)) {
            here.write(path, bytes("before"), PutOptions.standard());
            OpenFile file = here.open(path, OpenRequest.write());
            append(file, " and after");
            cell.kill(Server.FILES_2);
            assertThatThrownBy(file::close)
                    .isInstanceOf(CellException.class)
                    .hasMessageContaining("/home/down")
                    .hasMessageContaining("holdfast recover");
        }
        assertThat(cell.refused(5, "put", "--timeout", "3s", local.toString(), "/home/down"))
                .contains("file server");
        assertThat(cell.done("recover", "--timeout", "3s", "--cache", "cache-down"))
                .contains("/home/down")
                .contains("server not reached");
        cell.start(Server.FILES_2);
        try (Cell again = cell.connect("cache-again")) {
            assertThat(again.read(path, 100)).isEqualTo(bytes("before"));
            assertThat(again.stat(path).dataVersion()).isEqualTo(1);
        }
        String listed = cell.done("recover", "--cache", "cache-down");
        assertThat(listed).contains("/home/down").contains("not stored");
    }

    @Test
    void aNewFileRenamedBeforeItsStoreFailedIsSentUnderItsNewName(ProcessCell cell)
            throws IOException {
        LocalProcess client =
                cell.client(RenamesWhileOpen.class, "cache-renamed", "/home/a", "/home/b");
        client.awaitOut("renamed");
        cell.kill(Server.FILES_2);
        client.kill();
        cell.start(Server.FILES_2);
        String listed = cell.done("recover", "--cache", "cache-renamed");
        assertThat(listed).contains("not stored");
        String id = listed.lines().toList().get(1).replaceFirst(" .*", "");
        cell.done("recover", "send", id, "--cache", "cache-renamed");
        assertThat(cell.done("cat", "/home/b")).isEqualTo("written before the rename");
        assertThat(cell.refused(4, "cat", "/home/a")).contains("/home/a");
    }

    @Test
    void aLockIsFreeWhenItsHolderAndTheLockingServerHaveDied(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/src/orphaned");
        try (Cell here = cell.connect("cache-orphaned")) {
            LocalProcess client =
                    cell.client(RenamesWhileOpen.class, "cache-dead", "/src/x", path.toString());
            client.awaitOut("renamed");
            client.kill();
            cell.killAndStart(Server.LOCKING);
            here.open(path, OpenRequest.write()).close();
        }
    }

    @Test
    void anAdministratorTakesALockFromItsHolder(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/src/broken");
        try (Cell one = cell.connect("cache-one");
                Cell two = cell.connect("cache-two")) {
            OpenFile held = one.open(path, OpenRequest.create());
            append(held, "by the holder");
            cell.killAndStart(Server.LOCKING);
            assertThat(cell.done("locks")).contains("/src/broken");
            assertThat(cell.done("locks", "break", "--reason", "test", "/src/broken"))
                    .contains("1 lock taken back");
            try (OpenFile file = two.open(path, OpenRequest.write().waitingAtMost(SHORT))) {
                append(file, "by another");
            }
            assertThatThrownBy(held::close)
                    .isInstanceOfSatisfying(
                            CellException.class,
                            e -> assertThat(e.code())
                                    .isIn(FailureCode.FENCED, FailureCode.SESSION_ENDED));
            assertThat(two.read(path, 100)).isEqualTo(bytes("by another"));
            assertThat(one.recovery().list()).hasSize(1);
        }
    }
}
