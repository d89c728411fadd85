package holdfast.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.Cell.Recovery.Kept;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Clients that are killed, or stand still, with files open for writing. */
@ExtendWith(SharedCell.class)
final class KilledClientsTest {
    private static final int SMALL = 1_000;
    private static final int LARGE = 20_000_000;
    private static final int KILLS = 4;
    private static final int MOMENT_MILLIS_MAX = 400;

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static LocalProcess keepOpen(
            ProcessCell cell, String cache, int length, String... paths) {
        List<String> arguments =
                new ArrayList<>(List.of(go(cell, cache).toString(), String.valueOf(length)));
        arguments.addAll(List.of(paths));
        LocalProcess client = cell.client(KeepsOpen.class, cache, arguments.toArray(String[]::new));
        client.awaitOut("open");
        return client;
    }

    private static Path go(ProcessCell cell, String cache) {
        return cell.folder().resolve("go-" + cache);
    }

    /** Returns once it is known to wait, with who is told to hold the lock. */
    private static CompletableFuture<OpenFile> openWaiting(Cell cell, String path) {
        CompletableFuture<Void> waits = new CompletableFuture<>();
        OpenRequest how = OpenRequest.write().tellingWhenWaiting(holder -> waits.complete(null));
        CompletableFuture<OpenFile> opened = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return cell.open(CellPath.parse(path), how);
                    } catch (CellException e) {
                        throw new CompletionException(e);
                    }
                },
                Thread.ofVirtual()::start);
        CompletableFuture.anyOf(waits, opened).join();
        assertThat(opened).isNotDone();
        return opened;
    }

    @Test
    void theLocksOfAKilledClientPassOnAndItsWorkCanBeSent(ProcessCell cell) throws IOException {
        try (Cell here = cell.connect("cache-here")) {
            for (String path : List.of("/home/one", "/home/two")) {
                here.write(CellPath.parse(path), text("before"), PutOptions.standard());
            }
            LocalProcess client = keepOpen(cell, "cache-killed", SMALL, "/home/one", "/home/two");
            CompletableFuture<OpenFile> one = openWaiting(here, "/home/one");
            CompletableFuture<OpenFile> two = openWaiting(here, "/home/two");
            client.kill();
            for (CompletableFuture<OpenFile> opened : List.of(one, two)) {
                try (OpenFile file = opened.join()) {
                    assertThat(file.path()).hasContent("before");
                }
            }
            String id = keptOf(cell, "/home/two");
            cell.done("recover", "send", id, "--cache", "cache-killed");
            assertThat(here.read(CellPath.parse("/home/two"), SMALL))
                    .isEqualTo(KeepsOpen.contents("/home/two", SMALL));
            assertThat(here.read(CellPath.parse("/home/one"), SMALL)).isEqualTo(text("before"));
            assertThat(cell.done("recover", "--cache", "cache-killed"))
                    .contains("/home/one")
                    .doesNotContain("/home/two");
        }
    }

    /** The id of the working copy of {@code path} that the killed client has left. */
    private static String keptOf(ProcessCell cell, String path) {
        String table = cell.done("recover", "--cache", "cache-killed");
        assertThat(table).contains("not stored").contains("the process that wrote it ended");
        String line =
                table.lines().filter(each -> each.contains(path)).findFirst().orElseThrow();
        return line.substring(0, line.indexOf(' '));
    }

    @Test
    void aStoppedClientIsRefusedWhenItGoesOnAndItsWorkIsKept(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/home/stopped");
        try (Cell here = cell.connect("cache-here")) {
            here.write(path, text("before"), PutOptions.standard());
            LocalProcess client = keepOpen(cell, "cache-stopped", SMALL, path.toString());
            CompletableFuture<OpenFile> waiting = openWaiting(here, path.toString());
            client.pause();
            try (OpenFile file = waiting.join()) {
                file.channel().write(ByteBuffer.wrap(text("second")), 0);
            }
            Files.createFile(go(cell, "cache-stopped"));
            client.goOn();
            assertThat(client.awaitEnd()).as(client.err()).isZero();
            assertThat(client.out()).containsPattern("(SESSION_ENDED|FENCED): .*holdfast recover");
            assertThat(here.read(path, SMALL)).isEqualTo(text("second"));
            assertThat(cell.done("recover", "--cache", "cache-stopped"))
                    .contains(path.toString())
                    .contains("changed by others meanwhile");
        }
    }

    @Test
    void aClientKilledWhileItClosesHasStoredAllOrKeepsAll(ProcessCell cell)
            throws IOException, InterruptedException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Cell here = cell.connect("cache-here")) {
            for (int i = 0; i < KILLS; i++) {
                String path = "/src/closing-" + i;
                here.write(CellPath.parse(path), text("before"), PutOptions.standard());
                LocalProcess client = keepOpen(cell, "cache-" + i, LARGE, path);
                Files.createFile(go(cell, "cache-" + i));
                client.awaitOut("closing");
                Thread.sleep(random.nextInt(MOMENT_MILLIS_MAX)); // the moment is the test's choice
                client.kill();
                String cache = "cache-" + i;
                // A store that had reached the server may be committed a little later.
                await("seed " + seed).untilAsserted(() -> checkWhole(cell, here, path, cache));
            }
        }
    }

    private static void checkWhole(ProcessCell cell, Cell here, String path, String cache)
            throws IOException {
        byte[] written = KeepsOpen.contents(path, LARGE);
        byte[] found = here.read(CellPath.parse(path), LARGE);
        try (Cell again = cell.connect(cache)) {
            List<Kept> kept = again.recovery().list();
            if (found.length == LARGE) {
                assertThat(found).isEqualTo(written);
                assertThat(kept).allMatch(each -> each.state() == Kept.State.STORED_AFTER_ALL);
            } else {
                assertThat(found).isEqualTo(text("before"));
                assertThat(kept)
                        .extracting(Kept::state, Kept::bytes)
                        .containsExactly(tuple(Kept.State.KEPT, (long) LARGE));
            }
        }
    }
}
