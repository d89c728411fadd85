package holdfast.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.server.locking.LockingState;
import holdfast.server.locking.service.LockingService;
import holdfast.server.locking.service.Settings;
import holdfast.server.replication.TestingLog;
import holdfast.testkit.fake.ManualClock;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.BreakLock;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.CreateVolume;
import holdfast.wire.proto.ForgetServer;
import holdfast.wire.proto.GetMap;
import holdfast.wire.proto.ListLocks;
import holdfast.wire.proto.MoveMount;
import holdfast.wire.proto.RemoveVolume;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Who may change a cell as a whole, asked over the wire. */
final class AdministratorsTest {
    private static final Administrators CY = Administrators.of(List.of("cy"));

    private final DirectoryState directoryState = new DirectoryState();
    private final TestingLog directoryLog = new TestingLog(directoryState);
    private final LockingState lockingState = new LockingState();
    private final TestingLog lockingLog = new TestingLog(lockingState);
    private final LockingService locking = new LockingService(
            lockingLog,
            lockingState,
            Optional::empty,
            () -> CY,
            new ManualClock(),
            BootTicker.system(),
            Settings.DEFAULT);
    private final TcpTransport transport = new TcpTransport();
    private final TcpServer directoryServer = TcpServer.startAnywhere(new DirectoryService(
                    directoryLog,
                    directoryState,
                    List::of,
                    new ManualClock(),
                    BootTicker.system(),
                    CY)
            .service());
    private final TcpServer lockingServer = TcpServer.startAnywhere(locking.service());

    @BeforeEach
    void start() {
        var unused = locking.start();
        directoryLog.lead();
        lockingLog.lead();
    }

    @AfterEach
    void stop() {
        transport.close();
        directoryServer.close();
        lockingServer.close();
        locking.close();
    }

    /** Something to ask, and what it is called in a refusal. */
    record Wish<Q extends Message>(Method<Q, ?> method, Q request, String words) {
        @Override
        public String toString() {
            return method.name();
        }
    }

    static List<Wish<?>> ofAdministrators() {
        return List.of(
                new Wish<>(
                        DirectoryMethods.CREATE_VOLUME,
                        CreateVolume.newBuilder().setPath("/x").build(),
                        "make volumes"),
                new Wish<>(
                        DirectoryMethods.MOVE_MOUNT,
                        MoveMount.newBuilder().setFrom("/x").setTo("/y").build(),
                        "move volumes"),
                new Wish<>(
                        DirectoryMethods.REMOVE_VOLUME,
                        RemoveVolume.newBuilder().setPath("/x").build(),
                        "remove volumes"),
                new Wish<>(
                        DirectoryMethods.FORGET_SERVER,
                        ForgetServer.newBuilder().setServer("s").build(),
                        "forget servers"),
                new Wish<>(
                        LockingMethods.BREAK_LOCK,
                        BreakLock.newBuilder().setFile(1).build(),
                        "break locks"));
    }

    static List<Wish<?>> ofEverybody() {
        return List.of(
                new Wish<>(DirectoryMethods.GET_MAP, GetMap.getDefaultInstance(), ""),
                new Wish<>(LockingMethods.LIST_LOCKS, ListLocks.getDefaultInstance(), ""));
    }

    /** Asks it as {@code user}; how it failed, if it did. */
    private <Q extends Message> Optional<FailureException> ask(Wish<Q> wish, String user) {
        TcpServer server = wish.method().role() == DirectoryMethods.GET_MAP.role()
                ? directoryServer
                : lockingServer;
        RequestHeader header = RequestHeader.newBuilder()
                .setCaller(Caller.newBuilder().setUser(user))
                .build();
        Deadline deadline = Deadline.in(Duration.ofSeconds(30), BootTicker.system());
        return Optional.ofNullable(catchThrowableOfType(
                FailureException.class,
                () -> transport.call(
                        server.address(), wish.method(), header, wish.request(), deadline)));
    }

    @ParameterizedTest
    @MethodSource("ofAdministrators")
    void othersAreRefusedInOneSentence(Wish<?> wish) {
        FailureException refused = ask(wish, "anna").orElseThrow();
        assertThat(refused.code()).isEqualTo(FailureCode.DENIED);
        assertThat(refused.failure().message())
                .isEqualTo("only administrators of the cell may " + wish.words()
                        + ", and 'anna' is none");
    }

    @ParameterizedTest
    @MethodSource("ofAdministrators")
    void administratorsAreNotRefused(Wish<?> wish) {
        for (String user : List.of("cy", "root")) {
            assertThat(ask(wish, user).map(FailureException::code))
                    .isNotEqualTo(Optional.of(FailureCode.DENIED));
        }
    }

    @ParameterizedTest
    @MethodSource({"ofAdministrators", "ofEverybody"})
    void whoSaysNoNameIsNotAnswered(Wish<?> wish) {
        assertThat(ask(wish, "").orElseThrow().code()).isEqualTo(FailureCode.INVALID);
    }

    @ParameterizedTest
    @MethodSource("ofEverybody")
    void everybodyMayLook(Wish<?> wish) {
        assertThat(ask(wish, "anna")).isEmpty();
    }

    @Test
    void rootIsAlwaysOne() {
        assertThat(Administrators.of(List.of()).users()).containsExactly("root");
        assertThat(Administrators.of(List.of("zoe", "anna", "zoe")).users())
                .containsExactly("anna", "root", "zoe");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 256})
    void aNameThatNobodyCanHaveIsRefused(int length) {
        assertThatThrownBy(() -> Administrators.of(List.of("a".repeat(length))))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.MISCONFIGURED));
    }

    @Test
    void thereIsABoundOnHowMany() {
        assertThatThrownBy(() -> Administrators.of(Collections.nCopies(1_024, "a")))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.MISCONFIGURED));
    }
}
