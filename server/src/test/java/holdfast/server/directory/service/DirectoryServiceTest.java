package holdfast.server.directory.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.directory.DirectoryState;
import holdfast.server.replication.TestingLog;
import holdfast.server.security.Administrators;
import holdfast.testkit.fake.ManualClock;
import holdfast.testkit.fake.ManualTicker;
import holdfast.wire.proto.CellMap;
import holdfast.wire.proto.CreateVolume;
import holdfast.wire.proto.ForgetServer;
import holdfast.wire.proto.GetMap;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.ServerHeartbeat;
import holdfast.wire.proto.ServerHeartbeatReply;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Service.Call;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

class DirectoryServiceTest {
    private final DirectoryState state = new DirectoryState();
    private final TestingLog log = new TestingLog(state);
    private final ManualTicker ticker = new ManualTicker();
    private final Pulse pulse = new Pulse(ticker);
    private final DirectoryService service = new DirectoryService(
            log, state, List::of, new ManualClock(), ticker, pulse, Administrators.ROOT);
    private final ServerCalls servers = new ServerCalls(service, state, pulse);
    private final VolumeCalls volumes = new VolumeCalls(service, state, pulse);

    @Test
    void theFirstCallFoundsTheCellAndItStaysTheSame() {
        log.lead();
        RegisterServerReply first = register("s1", "g1", "/home");
        assertThat(first.getCell()).isNotEmpty();
        assertThat(first.getCellKey().size()).isEqualTo(32);
        log.follow();
        log.lead();
        assertThat(register("s1", "g1", "/home").getCell()).isEqualTo(first.getCell());
    }

    @Test
    void aFollowerAnswersNothing() {
        assertThatThrownBy(() -> map(0))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.NOT_LEADER));
    }

    @Test
    void aSilentServerIsDownAfterThreeMissedHeartbeatsAndUpAgainWithTheNext() {
        log.lead();
        register("s1", "g1", "/home");
        ticker.advance(Duration.ofSeconds(6));
        CellMap before = map(0);
        assertThat(before.getServers(0).getUp()).isTrue();
        ticker.advance(Duration.ofMillis(1));
        CellMap down = map(before.getVersion());
        assertThat(down.getUnchanged()).isFalse();
        assertThat(down.getServers(0).getUp()).isFalse();
        assertThat(down.getVersion()).isGreaterThan(before.getVersion());
        assertThat(map(down.getVersion()).getUnchanged()).isTrue();
        beat("s1");
        CellMap up = map(down.getVersion());
        assertThat(up.getServers(0).getUp()).isTrue();
        assertThat(up.getVersion()).isGreaterThan(down.getVersion());
    }

    @Test
    void heartbeatsCostNoCommitAndTellTheVolumesOfTheGroup() {
        log.lead();
        register("s1", "g1", "/home");
        register("s2", "g2", "/home/media");
        long before = log.proposals();
        ServerHeartbeatReply reply = beat("s1");
        assertThat(log.proposals()).isEqualTo(before);
        assertThat(reply.getVolumesList()).extracting(Volume::getPath).containsExactly("/home");
        assertThat(reply.getVolumes(0).getMounts(0).getPath()).isEqualTo("media");
    }

    @Test
    void aServerThatIsNotRegisteredIsToldSo() {
        log.lead();
        register("s1", "g1");
        servers.forget(call(ForgetServer.newBuilder().setServer("s1").build()));
        assertThat(beat("s1").getUnknown()).isTrue();
    }

    @Test
    void theMapsVersionGrowsFromLeaderToLeader() {
        log.lead();
        register("s1", "g1", "/home");
        long before = map(0).getVersion();
        log.follow();
        log.lead();
        assertThat(map(before).getVersion()).isGreaterThan(before);
    }

    @Test
    void aVolumeIsPlacedWhereMostIsFreeAmongThoseThatAreUp() {
        log.lead();
        register("s1", "g1");
        register("s2", "g2");
        servers.heartbeat(call(
                ServerHeartbeat.newBuilder().setServer("s2").setFreeBytes(1_000).build()));
        assertThat(create("/a").getGroup()).isEqualTo("g2");
        ticker.advance(Duration.ofSeconds(7));
        beat("s1");
        assertThat(create("/b").getGroup()).isEqualTo("g1");
        assertThat(map(0).getServersList()).extracting(Server::getUp).containsExactly(true, false);
    }

    private Volume create(String path) {
        return volumes.create(call(CreateVolume.newBuilder().setPath(path).build()))
                .message()
                .getVolume();
    }

    private CellMap map(long known) {
        return volumes.map(call(GetMap.newBuilder().setKnownVersion(known).build()))
                .message();
    }

    private ServerHeartbeatReply beat(String server) {
        return servers.heartbeat(
                        call(ServerHeartbeat.newBuilder().setServer(server).build()))
                .message();
    }

    private RegisterServerReply register(String server, String group, String... directories) {
        return servers.register(call(RegisterServer.newBuilder()
                        .setServer(server)
                        .setRole(Role.FILES)
                        .setAddress("127.0.0.1:8010")
                        .setGroup(group)
                        .addAllDirectories(List.of(directories))
                        .build()))
                .message();
    }

    private <Q extends Message> Call<Q> call(Q message) {
        Deadline deadline = Deadline.in(Duration.ofSeconds(100), ticker);
        return new Call<>(RequestHeader.getDefaultInstance(), message, deadline, 0, sink -> {});
    }
}
