package holdfast.verify.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What is no request, sent to every port of a cell: it harms nobody else. */
@ExtendWith(SharedCell.class)
final class GarbageTest {
    private static final int STRANGERS = 400;
    private static final int BODY_BYTES_MAX = 4 << 20;

    /** A fraction of what the strangers announce. */
    private static final long MEMORY_BYTES_MAX = 600L << 20;

    private static Socket connect(ProcessCell cell, Server server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), cell.port(server));
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** Sends {@code bytes}, ends the sending, and returns all that is answered. */
    private static byte[] answer(ProcessCell cell, Server server, byte[] bytes) throws IOException {
        try (Socket socket = connect(cell, server)) {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            return readAll(socket.getInputStream());
        }
    }

    private static byte[] readAll(InputStream in) throws IOException {
        try {
            return in.readAllBytes();
        } catch (SocketException e) {
            return new byte[0]; // closed with bytes of ours unread
        }
    }

    /** A new client asks a server of each role. */
    private static void assertServed(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/home/" + System.nanoTime());
        try (Cell client = cell.connect("cache", Duration.ofSeconds(10))) {
            client.write(path, ascii("old"), Cell.PutOptions.standard());
            client.write(path, ascii("new"), Cell.PutOptions.standard());
            assertThat(client.read(path, 10)).isEqualTo(ascii("new"));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FILES_1")
    void garbageIsClosedAndOthersAreServed(Server server, ProcessCell cell) throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[1 + random.nextInt(20_000)];
            random.nextBytes(bytes);
            assertThat(answer(cell, server, bytes)).as("seed " + seed).isEmpty();
        }
        byte[] tlsHello = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
        assertThat(answer(cell, server, tlsHello)).isEmpty();
        assertThat(answer(cell, server, ascii("\r\n\r\n"))).isEmpty();
        String web = new String(
                answer(cell, server, ascii("GET / HTTP/1.1\r\nHost: cell\r\n\r\n")),
                StandardCharsets.US_ASCII);
        assertThat(web).startsWith("HTTP/1.1 400 ").contains("use the holdfast command");
        assertServed(cell);
        assertThat(cell.process(server).err()).doesNotContain("\tat ");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FILES_1")
    void partsOfFramesAndFramesBeyondTheirBoundsAreClosed(Server server, ProcessCell cell)
            throws IOException {
        byte[] head = Frames.head(0, 1000, 0);
        for (int length = 1; length <= head.length; length++) {
            byte[] part = new byte[length];
            System.arraycopy(head, 0, part, 0, length);
            assertThat(answer(cell, server, part)).isEmpty();
        }
        for (byte[] tooLong : List.of(
                Frames.head((64 << 10) + 1, 0, 0),
                Frames.head(0, BODY_BYTES_MAX + 1, 0),
                Frames.head(0, -1, 0),
                Frames.head(0, 0, Long.MAX_VALUE))) {
            assertThat(new String(answer(cell, server, tooLong), StandardCharsets.ISO_8859_1))
                    .contains("over the limit");
        }
        assertServed(cell);
        assertThat(cell.process(server).err()).doesNotContain("\tat ");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FILES_1")
    void manyWhoAnnounceMuchAndSendLittleTakeNoMemoryFromOthers(Server server, ProcessCell cell)
            throws IOException {
        List<Socket> strangers = new ArrayList<>();
        try {
            for (int i = 0; i < STRANGERS; i++) {
                Socket stranger = connect(cell, server);
                strangers.add(stranger);
                stranger.getOutputStream().write(Frames.head(0, BODY_BYTES_MAX, 0));
                stranger.getOutputStream().write(new byte[100]);
            }
            assertServed(cell);
            assertThat(cell.process(server).residentBytes()).isLessThan(MEMORY_BYTES_MAX);
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
        assertServed(cell);
    }
}
