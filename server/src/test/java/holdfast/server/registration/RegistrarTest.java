package holdfast.server.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.time.BootTicker;
import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.server.replication.TestingLog;
import holdfast.server.security.Administrators;
import holdfast.testkit.fake.ManualClock;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

class RegistrarTest {
    private final DirectoryState state = new DirectoryState();
    private final TestingLog log = new TestingLog(state);
    private final TcpTransport transport = new TcpTransport();
    private final TcpServer server = TcpServer.startAnywhere(new DirectoryService(
                    log,
                    state,
                    List::of,
                    new ManualClock(),
                    BootTicker.system(),
                    Administrators.of(List.of("cy")))
            .service());
    private final List<News> news = new CopyOnWriteArrayList<>();
    private final List<Failure> refusals = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        transport.close();
        server.close();
    }

    @Test
    void itTriesUntilTheDirectoryLeadsAndThenTellsTheNews() {
        try (Registrar registrar = start("s1", "g1", "/home")) {
            assertThat(registrar).isNotNull();
            log.lead();
            await().until(() -> !news.isEmpty());
        }
        assertThat(news.getFirst().cell()).isEqualTo(state.view().cell());
        assertThat(news.getFirst().key()).isEqualTo(state.view().key());
        assertThat(news.getFirst().volumes()).extracting(Volume::getPath).containsExactly("/home");
        assertThat(news.getFirst().administrators()).containsExactly("cy", "root");
        assertThat(refusals).isEmpty();
    }

    @Test
    void aRefusalIsFinal() {
        log.lead();
        try (Registrar first = start("s1", "g1", "/home")) {
            assertThat(first).isNotNull();
            await().until(() -> !news.isEmpty());
            try (Registrar second = start("s2", "g2", "/home")) {
                assertThat(second).isNotNull();
                await().until(() -> !refusals.isEmpty());
            }
        }
        assertThat(refusals.getFirst().code()).isEqualTo(FailureCode.ALREADY_EXISTS);
        assertThat(state.view().servers()).containsOnlyKeys("s1");
    }

    private Registrar start(String id, String group, String directory) {
        RegisterServer self = RegisterServer.newBuilder()
                .setServer(id)
                .setRole(Role.FILES)
                .setAddress("127.0.0.1:8010")
                .setGroup(group)
                .addDirectories(directory)
                .build();
        News.Listener listener = new News.Listener() {
            @Override
            public void changed(News now) {
                news.add(now);
            }

            @Override
            public void refused(Failure failure) {
                refusals.add(failure);
            }
        };
        return Registrar.start(
                transport,
                List.of(server.address()),
                Caller.newBuilder().setUser("holdfast").build(),
                self,
                () -> new Space(2_000, 1_000, false),
                listener,
                BootTicker.system());
    }
}
