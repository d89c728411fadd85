package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.GetOptions;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * Files that are large, or only seem to be. The size of the first, in MiB, is set by
 * {@code holdfast.cases.file.mib}.
 */
@ExtendWith(SharedCell.class)
final class LargeFilesTest {
    private static final int MIB = 1 << 20;
    private static final int LARGE_MIB = Integer.getInteger("holdfast.cases.file.mib", 300);
    private static final long TEBIBYTE = 1L << 40;
    private static final long[] PLACES = {0, 500_000_000_123L, TEBIBYTE - 5};
    private static final long LITTLE = 2 * MIB;

    /** The logs of servers are made longer beforehand, so their disks can't be told so exactly. */
    private static final long LITTLE_ON_DISK_KIB = 64 * 1024;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aLargeFileGoesThereAndComesBack(ProcessCell cell) throws IOException {
        Path local = cell.folder().resolve("large");
        Random random = new Random(LARGE_MIB);
        byte[] block = new byte[MIB];
        try (OutputStream out = Files.newOutputStream(local)) {
            for (int i = 0; i < LARGE_MIB; i++) {
                random.nextBytes(block);
                out.write(block);
            }
        }
        cell.done("put", "large", "/src/large");
        cell.done("get", "/src/large", "back", "--cache", "another");
        assertThat(Files.mismatch(local, cell.folder().resolve("back"))).isEqualTo(-1);
    }

    @Test
    void aFileOfHolesStaysSmallOnTheWireAndOnDisk(ProcessCell cell) throws IOException {
        Path local = cell.folder().resolve("sparse");
        Path back = cell.folder().resolve("sparse-back");
        CellPath path = CellPath.parse("/home/sparse");
        makeSparse(local);
        long before = kibibytesOnDisk(cell.folder());
        try (Cell one = cell.connect("cache-one");
                Cell two = cell.connect("cache-two")) {
            assertThat(one.put(local, path, PutOptions.standard()).size()).isEqualTo(TEBIBYTE);
            two.get(path, back, GetOptions.standard());
            check(back, "text!");
            try (OpenFile file = two.open(path, OpenRequest.write())) {
                file.channel().write(ByteBuffer.wrap(bytes("other")), PLACES[1]);
            }
            try (OpenFile file = one.open(path, OpenRequest.read())) {
                check(file.path(), "other");
            }
            assertThat(one.statistics().bytesSent()).isLessThan(LITTLE);
            assertThat(two.statistics().bytesFetched()).isLessThan(LITTLE);
            assertThat(two.statistics().bytesSent()).isLessThan(LITTLE);
        }
        assertThat(kibibytesOnDisk(cell.folder()) - before).isLessThan(LITTLE_ON_DISK_KIB);
    }

    private static void makeSparse(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long place : PLACES) {
                channel.write(ByteBuffer.wrap(bytes("text!")), place);
            }
        }
    }

    private static void check(Path file, String inTheMiddle) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            assertThat(channel.size()).isEqualTo(TEBIBYTE);
            assertThat(at(channel, PLACES[0])).isEqualTo("text!");
            assertThat(at(channel, PLACES[1] - 5)).isEqualTo("\0\0\0\0\0");
            assertThat(at(channel, PLACES[1])).isEqualTo(inTheMiddle);
            assertThat(at(channel, PLACES[1] + 5)).isEqualTo("\0\0\0\0\0");
            assertThat(at(channel, PLACES[2])).isEqualTo("text!");
        }
    }

    private static String at(FileChannel channel, long place) throws IOException {
        byte[] found = new byte[5];
        channel.read(ByteBuffer.wrap(found), place);
        return new String(found, StandardCharsets.UTF_8);
    }

    private static long kibibytesOnDisk(Path folder) {
        LocalProcess du = LocalProcess.program(folder, "du", "-sk", ".");
        assertThat(du.awaitEnd()).as(du.err()).isZero();
        return Long.parseLong(du.out().substring(0, du.out().indexOf('\t')));
    }
}
