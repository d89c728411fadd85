package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.JvmMemory;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Many files are made and removed in a server with a fixed heap, by one client that lives long: as
 * many as {@code holdfast.cases.files} says. The server keeps something of the latest changes, up
 * to bounds that are reached after some 150,000 files: the end of its log, and which vnodes were
 * changed lately. So only a run of a million shows that it stays flat; a short one shows that it
 * keeps little.
 */
final class MemoryTest {
    private static final int ROUNDS = 4;
    private static final int FILES = Integer.getInteger("holdfast.cases.files", 20_000) / ROUNDS;
    private static final int WARM = 150_000;
    private static final long KIB_A_FILE_MAX = 2;

    /** The log's end grows, and is cut off, by some 16 MiB at a time. */
    private static final long KIB_MAX = 48 * 1_024;

    private static final long KIB_OF_CLIENT_MAX = 4_096;
    private static final Duration A_ROUND = Duration.ofMinutes(20);
    private static final Map<String, String> FIXED_HEAP =
            Map.of("HOLDFAST_JAVA_OPTS", "-Xms96m -Xmx96m");

    @TempDir
    Path folder;

    @Test
    void memoryStaysFlatWhileFilesAreMadeAndRemoved() throws IOException {
        try (ProcessCell cell = ProcessCell.start(folder, FIXED_HEAP);
                LocalProcess client = client(cell)) {
            List<JvmMemory> ofServer = new ArrayList<>();
            List<JvmMemory> ofClient = new ArrayList<>();
            for (int round = 1; round <= ROUNDS; round++) {
                client.awaitOut("round " + round + ".", A_ROUND);
                ofServer.add(JvmMemory.of(cell.process(Server.FILES_2), folder));
                ofClient.add(JvmMemory.of(client, folder));
                System.out.println(round * FILES + " files: server " + ofServer.getLast()
                        + ", client " + ofClient.getLast());
                Files.createFile(folder.resolve("go-" + round));
            }
            assertThat(client.awaitEnd()).as(client.err()).isZero();
            long ofServerMax = FILES >= WARM ? KIB_MAX : KIB_A_FILE_MAX * FILES * (ROUNDS - 1);
            assertThat(growth(ofServer)).isLessThan(ofServerMax);
            assertThat(growth(ofClient)).isLessThan(KIB_OF_CLIENT_MAX);
        }
    }

    private LocalProcess client(ProcessCell cell) {
        return cell.client(
                MakeAndRemove.class,
                "cache",
                "/home",
                String.valueOf(ROUNDS),
                String.valueOf(FILES),
                folder.resolve("go-").toString());
    }

    /** From the end of the first round to that of the last, in KiB. */
    private static long growth(List<JvmMemory> rounds) {
        return rounds.getLast().heap() - rounds.getFirst().heap();
    }
}
