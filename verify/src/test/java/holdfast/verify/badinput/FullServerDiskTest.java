package holdfast.verify.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.verify.processes.SmallDisk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A file server whose disk is full: a quick "no", and all that was there stays. */
final class FullServerDiskTest {
    private static final int DISK_MEBIBYTES = 80;
    private static final int FITS = 5_000_000;
    private static final int TOO_MUCH = 70_000_000;

    @TempDir
    Path folder;

    private String local(String name, int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return Files.write(folder.resolve(name), bytes).toString();
    }

    private void assertWhole(ProcessCell cell, String path, String local) throws IOException {
        cell.done("get", "--all", path, "back");
        assertThat(Files.mismatch(Path.of(local), folder.resolve("back"))).isEqualTo(-1);
    }

    private static String kept(ProcessCell cell) {
        String listed = cell.done("recover");
        assertThat(listed).contains("/src/edited").contains("not stored");
        return listed.lines().toList().get(1).replaceFirst(" .*", "");
    }

    private void edit(ProcessCell cell, int code) {
        String editor = cell.write("editor.sh", "cat new >> \"$1\"").toString();
        LocalProcess edit =
                cell.holdfast(Map.of("EDITOR", "sh " + editor), List.of("edit", "/src/edited"));
        assertThat(edit.awaitRefusal(code))
                .startsWith("holdfast: /src/edited: ")
                .contains("disk")
                .contains("holdfast recover");
    }

    @Test
    void nothingIsLostAndAllGoesOnWhenThereIsRoom() throws IOException {
        List<SmallDisk> disks = ProcessCell.roots(folder, Server.FILES_1).stream()
                .map(root -> SmallDisk.mount(root, DISK_MEBIBYTES))
                .toList();
        try (ProcessCell cell = ProcessCell.start(folder)) {
            String before = local("before", FITS);
            cell.done("put", before, "/src/file");
            cell.done("put", cell.write("line", "old").toString(), "/src/edited");
            assertThat(cell.refused(8, "put", local("huge", TOO_MUCH), "/src/file"))
                    .contains("/src/file: the file server's disk has no room for 70000000 bytes")
                    .contains("file server 127.0.0.1:" + cell.port(Server.FILES_1));
            assertWhole(cell, "/src/file", before);

            disks.forEach(SmallDisk::fill);
            cell.write("new", " and new");
            edit(cell, 8);
            assertThat(cell.refused(8, "mkdir", "/src/d")).contains("disk is full");
            assertThat(cell.refused(8, "touch", "/src/t")).contains("disk is full");
            assertThat(cell.refused(8, "put", local("more", FITS + 1), "/src/file"))
                    .contains("no room");
            assertWhole(cell, "/src/file", before);
            assertThat(cell.done("cat", "/src/edited")).isEqualTo("old");
            cell.done("rm", "/src/file");
            assertThat(cell.done("ls", "/src")).isEqualTo("edited\n");

            disks.forEach(SmallDisk::makeRoom);
            assertThat(cell.done("recover", "send", kept(cell))).contains("stored");
            assertThat(cell.done("cat", "/src/edited")).isEqualTo("old and new");
            cell.done("put", before, "/src/file");
            assertWhole(cell, "/src/file", before);
        } finally {
            disks.forEach(SmallDisk::close);
        }
    }

    @Test
    void aServerIsNotStartedOnAFullDisk() throws IOException {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("data"), 8)) {
            disk.fill();
            LocalProcess server = LocalProcess.holdfast(
                    folder,
                    Map.of(),
                    List.of(
                            "directory-server",
                            "--port",
                            String.valueOf(ProcessCell.freePort()),
                            "--data",
                            "data"));
            assertThat(server.awaitRefusal(8)).contains("No space left on device");
        }
    }
}
