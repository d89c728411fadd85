package holdfast.verify.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.verify.processes.JvmMemory;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.LockingStatus;
import holdfast.wire.proto.LockingStatusReply;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpTransport;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A locking server with 3,000 sessions, or as many as {@code holdfast.locks.sessions} says (10,000
 * by hand), and ten times as many locks, in a heap of 512 MiB.
 */
@Tag("alone")
final class LockLoadTest {
    private static final int SESSIONS = Integer.getInteger("holdfast.locks.sessions", 3_000);
    private static final int LOCKS_EACH = 10;
    private static final Duration LONG = Duration.ofMinutes(10);

    /** Longer than a session lives without heartbeats. */
    private static final Duration HOLD = Duration.ofSeconds(12);

    private static final Map<String, String> HEAP = Map.of("HOLDFAST_JAVA_OPTS", "-Xmx512m");

    @TempDir
    Path folder;

    @Test
    void heartbeatsKeepAllLocksAndTheEndOfTheirProcessFreesThem() throws IOException {
        try (ProcessCell cell = ProcessCell.configured(folder, HEAP)) {
            cell.start(Server.DIRECTORY);
            LocalProcess server = cell.start(Server.LOCKING);
            Address address = new Address("127.0.0.1", cell.port(Server.LOCKING));
            try (LocalProcess load = load(address);
                    TcpTransport transport = new TcpTransport()) {
                LoadSession.Way way = new LoadSession.Way(transport, address);
                load.awaitOut("between two heartbeats", LONG);
                System.out.print(load.out());
                System.out.println("the server: " + JvmMemory.of(server, folder) + " KiB");
                assertThat(load.out()).contains("lost 0;");
                LockingStatusReply held = status(way);
                assertThat(held.getSessions()).isEqualTo(SESSIONS);
                assertThat(held.getLocks()).isEqualTo((long) SESSIONS * LOCKS_EACH);
                load.kill();
                await().atMost(LONG).until(() -> status(way).getSessions() == 0);
                assertThat(status(way).getLocks()).isZero();
            }
            assertThat(server.alive()).as(server.err()).isTrue();
        }
    }

    private LocalProcess load(Address server) {
        return LocalProcess.java(
                folder,
                LockLoad.class,
                List.of(
                        server.toString(),
                        String.valueOf(SESSIONS),
                        String.valueOf(LOCKS_EACH),
                        String.valueOf(HOLD.toSeconds())));
    }

    private static LockingStatusReply status(LoadSession.Way way) {
        return way.call(LockingMethods.LOCKING_STATUS, LockingStatus.getDefaultInstance());
    }
}
