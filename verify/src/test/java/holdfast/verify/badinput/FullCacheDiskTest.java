package holdfast.verify.badinput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;
import holdfast.verify.processes.SmallDisk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A client whose cache lies on a full disk. */
@ExtendWith(SharedCell.class)
final class FullCacheDiskTest {
    private static final int DISK_MEBIBYTES = 24;
    private static final int FITS = 5_000_000;
    private static final int TOO_MUCH = 40_000_000;

    private static Path local(ProcessCell cell, int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return Files.write(cell.folder().resolve("local-" + length), bytes);
    }

    @Test
    void whatFitsNowhereIsRefusedAndGoesOnWhenThereIsRoom(ProcessCell cell) throws IOException {
        Path large = local(cell, TOO_MUCH);
        Path small = local(cell, FITS);
        cell.done("put", large.toString(), "/home/large");
        cell.done("put", small.toString(), "/home/small");
        try (SmallDisk disk = SmallDisk.mount(cell.folder().resolve("tiny"), DISK_MEBIBYTES)) {
            assertThat(cell.refused(8, "get", "--cache", "tiny", "/home/large", "copy"))
                    .startsWith("holdfast: /home/large: the local disk is full: ")
                    .contains("tiny");
            assertThat(cell.folder().resolve("copy")).doesNotExist();
            disk.fill();
            assertThat(cell.refused(8, "get", "--cache", "tiny", "/home/small", "copy"))
                    .contains("the local disk is full");
            disk.makeRoom();
            cell.done("get", "--cache", "tiny", "/home/small", "copy");
            assertThat(Files.mismatch(small, cell.folder().resolve("copy"))).isEqualTo(-1);
        }
    }

    @Test
    void theWriterIsToldAndWhatWasWrittenIsStored(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/home/written");
        try (SmallDisk disk = SmallDisk.mount(cell.folder().resolve("full"), DISK_MEBIBYTES);
                Cell here = cell.connect("full");
                Cell elsewhere = cell.connect("elsewhere")) {
            long written;
            try (OpenFile file = here.open(path, OpenRequest.create())) {
                assertThatThrownBy(() -> fillUp(file.channel()))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("No space left on device");
                written = file.channel().size();
            }
            assertThat(written).isPositive();
            assertThat(elsewhere.stat(path).size()).isEqualTo(written);
            disk.fill();
            assertThatThrownBy(() -> append(here, path)).hasMessageContaining("disk");
            assertThat(elsewhere.stat(path).size()).isEqualTo(written);
            disk.makeRoom();
            append(here, path);
            assertThat(elsewhere.stat(path).size()).isEqualTo(written + 1);
            assertThat(here.recovery().list()).isEmpty();
        }
    }

    @Test
    void aStoreStandsForWhichTheDiskHasNoRoomToNoteIt(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/home/stored");
        try (SmallDisk _ = SmallDisk.mount(cell.folder().resolve("brim"), DISK_MEBIBYTES);
                Cell here = cell.connect("brim");
                Cell elsewhere = cell.connect("elsewhere")) {
            try (OpenFile file = here.open(path, OpenRequest.create())) {
                assertThatThrownBy(() -> fillUp(file.channel())).isInstanceOf(IOException.class);
                long stored = file.store().size();
                assertThat(stored).isPositive();
                assertThat(elsewhere.stat(path).size()).isEqualTo(stored);
            }
            assertThat(elsewhere.stat(path).dataVersion()).isEqualTo(2);
            assertThat(here.recovery().list()).isEmpty();
        }
    }

    private static void fillUp(FileChannel out) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(1 << 20);
        for (int i = 0; i <= DISK_MEBIBYTES; i++) {
            out.write(block.clear());
        }
    }

    private static void append(Cell cell, CellPath path) throws IOException {
        try (OpenFile file = cell.open(path, OpenRequest.write().appending())) {
            file.channel().write(ByteBuffer.wrap(new byte[] {1}));
        }
    }

    @Test
    void anEditorThatRunsOutOfSpaceLeavesTheOldVersion(ProcessCell cell) {
        cell.done("put", cell.write("line", "old").toString(), "/src/edited");
        String editor =
                cell.write("editor.sh", "head -c 40000000 /dev/zero >> \"$1\"").toString();
        try (SmallDisk disk = SmallDisk.mount(cell.folder().resolve("small"), DISK_MEBIBYTES)) {
            var edit = cell.holdfast(
                    Map.of("EDITOR", "sh " + editor),
                    List.of("edit", "--cache", "small", "/src/edited"));
            assertThat(edit.awaitEnd()).isEqualTo(2);
            assertThat(edit.err())
                    .contains("No space left on device")
                    .endsWith("holdfast: /src/edited: the editor ended with 1; nothing was"
                            + " stored\n");
            assertThat(cell.done("cat", "--cache", "small", "/src/edited")).isEqualTo("old");
        }
    }
}
