package holdfast.verify.cell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.app.cell.OneProcessCell;
import holdfast.app.cell.Surroundings;
import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.wire.transport.Address;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** The embedded default, wired as {@code holdfast serve} wires it, with clients as commands are. */
final class OneProcessCellTest {
    private static final CellPath FILE = CellPath.parse("/file");
    private static final int LARGE = 5_000_000;

    @TempDir
    Path folder;

    private OneProcessCell cell;
    private String directory;

    @BeforeEach
    void start() throws IOException {
        cell = started();
        directory = cell.servers().getFirst().address().toString();
    }

    private OneProcessCell started() throws IOException {
        return OneProcessCell.start(
                free(), free(), free(), folder.resolve("data"), Surroundings.ofThisMachine("test"));
    }

    private static Address free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new Address("127.0.0.1", socket.getLocalPort());
        }
    }

    @AfterEach
    void stop() {
        cell.close();
    }

    private Cell client(String cache) throws CellException {
        return Cell.connect(CellOptions.at(directory).withCache(folder.resolve(cache)));
    }

    private Cell command(String cache) throws CellException {
        CellOptions options = CellOptions.at(directory).withCache(folder.resolve(cache));
        return Cell.connect(options.asOneShot());
    }

    private Path local(int seed, int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return Files.write(folder.resolve("local-" + seed), bytes);
    }

    @Test
    void aCommandStoresALargeFileAndAnotherBringsIt() throws IOException {
        Path sent = local(1, LARGE);
        try (Cell one = command("cache-1")) {
            one.put(sent, FILE, Cell.PutOptions.standard());
        }
        Path back = folder.resolve("back");
        try (Cell two = command("cache-2")) {
            two.get(FILE, back, Cell.GetOptions.standard());
        }
        assertThat(Files.mismatch(sent, back)).isEqualTo(-1);
    }

    @Test
    void whatWasStoredIsThereAfterARestart() throws IOException {
        Path sent = local(2, LARGE);
        try (Cell one = client("cache-1")) {
            one.put(sent, FILE, Cell.PutOptions.standard());
        }
        cell.close();
        start();
        try (Cell two = client("cache-2");
                OpenFile file = two.open(FILE, OpenRequest.read())) {
            assertThat(Files.mismatch(sent, file.path())).isEqualTo(-1);
        }
    }

    @Test
    void aSecondWriterIsToldWhoHoldsTheLock() throws IOException {
        try (Cell one = client("cache-1");
                Cell two = client("cache-2");
                OpenFile held = one.open(FILE, OpenRequest.create())) {
            held.channel().write(ByteBuffer.wrap(new byte[] {1}));
            assertThatThrownBy(() -> two.open(FILE, OpenRequest.write().notWaiting()))
                    .isInstanceOfSatisfying(CellException.class, e -> {
                        assertThat(e.code()).isEqualTo(FailureCode.LOCK_HELD);
                        assertThat(e.failure().holder()).isPresent();
                    });
        }
    }

    @Test
    void aLargeFileOverwrittenByACommandIsSeenByAClientThatHadItCached() throws IOException {
        try (Cell one = client("cache-1");
                Cell two = command("cache-2")) {
            one.put(local(3, LARGE), FILE, Cell.PutOptions.standard());
            try (OpenFile before = one.open(FILE, OpenRequest.read())) {
                assertThat(before.stat().size()).isEqualTo(LARGE);
            }
            Path next = local(4, LARGE + 1);
            two.put(next, FILE, Cell.PutOptions.standard());
            try (OpenFile after = one.open(FILE, OpenRequest.read())) {
                assertThat(Files.mismatch(next, after.path())).isEqualTo(-1);
            }
        }
    }
}
