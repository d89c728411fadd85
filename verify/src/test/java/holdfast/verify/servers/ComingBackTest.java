package holdfast.verify.servers;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.ClientProgram;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many clients that know many files come back to a file server that started anew; by hand with 50
 * clients and 10,000 files ({@code -Dholdfast.return.processes=5 -Dholdfast.return.clients=10
 * -Dholdfast.return.files=10000}).
 */
final class ComingBackTest {
    private static final int PROCESSES = Integer.getInteger("holdfast.return.processes", 2);
    private static final int CLIENTS = Integer.getInteger("holdfast.return.clients", 3);
    private static final int FILES = Integer.getInteger("holdfast.return.files", 1_000);
    private static final int PAGE = 4_096;

    /** Coming back itself, and what was asked while the server was away. */
    private static final int A_FEW = 20;

    private static final Pattern SAID = Pattern.compile("(\\d+) requests in all");
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    Path folder;

    @Test
    void allThatClientsKnowIsCheckedInAFewRequestsEach() throws IOException {
        List<LocalProcess> loads = new ArrayList<>();
        try (ProcessCell cell = ProcessCell.start(folder)) {
            for (int i = 0; i < PROCESSES; i++) {
                LocalProcess load = load(cell, i);
                loads.add(load);
                load.awaitOut("all is known", LONG);
            }
            cell.killAndStart(Server.FILES_2);
            cell.write("again", "");
            for (LocalProcess load : loads) {
                assertThat(load.awaitEnd()).as(load.err()).isZero();
                System.out.print(load.out());
                assertThat(load.out()).contains("looked at all again with 0 requests");
                assertThat(requests(load)).isBetween(CLIENTS, CLIENTS * (pages() + A_FEW));
            }
        } finally {
            loads.forEach(LocalProcess::close);
        }
    }

    private static int requests(LocalProcess load) {
        Matcher said = SAID.matcher(load.out());
        assertThat(said.find()).as(load.out()).isTrue();
        return Integer.parseInt(said.group(1));
    }

    private static int pages() {
        return FILES / PAGE + 1;
    }

    private LocalProcess load(ProcessCell cell, int number) {
        ClientProgram program = new ClientProgram(
                cell.directory(),
                folder.resolve("cache-" + number),
                List.of(
                        String.valueOf(CLIENTS),
                        String.valueOf(FILES),
                        "/home/many",
                        String.valueOf(number == 0),
                        folder.resolve("again").toString()));
        return LocalProcess.java(folder, ComingBack.class, program.words());
    }
}
