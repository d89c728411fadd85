package holdfast.testkit.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.testkit.fake.FaultyNetwork.Direction;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Xattr;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls over a network that fails: what the caller is told, and that it is true. */
class FaultyCallsTest {
    private static final Method<Xattr, Xattr> READ =
            new Method<>(900, Role.FILES, "read", false, 0, Xattr.parser(), Xattr.parser());
    private static final Method<Xattr, Xattr> CHANGE =
            new Method<>(901, Role.FILES, "change", true, 0, Xattr.parser(), Xattr.parser());
    private static final Method<Xattr, Xattr> LARGE =
            new Method<>(902, Role.FILES, "large", false, 0, Xattr.parser(), Xattr.parser());
    private static final int LARGE_BYTES = 4 << 20;
    private static final Duration SOON = Duration.ofSeconds(10);

    private final AtomicInteger done = new AtomicInteger();
    private final TcpServer server = TcpServer.startAnywhere(Service.of(Role.FILES, () -> 1)
            .on(READ, call -> Service.Reply.of(call.request()))
            .on(CHANGE, call -> {
                done.incrementAndGet();
                return Service.Reply.of(call.request());
            })
            .on(
                    LARGE,
                    call -> new Service.Reply<>(
                            call.request(), Bulk.ofBytes(ByteBuffer.allocate(LARGE_BYTES))))
            .build());
    private final FaultyNetwork network = FaultyNetwork.to(server.address());
    private final TcpTransport transport = new TcpTransport();

    @AfterEach
    void stop() {
        transport.close();
        network.close();
        server.close();
    }

    private Xattr call(Method<Xattr, Xattr> method, Duration within) {
        Xattr request =
                Xattr.newBuilder().setValue(ByteString.copyFromUtf8("text")).build();
        return transport
                .call(
                        network.address(),
                        method,
                        RequestHeader.getDefaultInstance(),
                        request,
                        Bulk.Source.NONE,
                        (in, length) -> Bulk.receive(in, length, bytes -> {}),
                        Deadline.in(within, BootTicker.system()))
                .message();
    }

    private void assertFails(Method<Xattr, Xattr> method, Duration within, FailureCode code) {
        assertThatThrownBy(() -> call(method, within))
                .isInstanceOfSatisfying(FailureException.class, e -> {
                    assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
                    assertThat(e.failure().server()).contains("file server " + network.address());
                });
    }

    @Test
    void aChangeWhoseAnswerIsCutHasAnUnknownOutcomeAndIsNotRepeated() {
        call(READ, SOON);
        network.cutAfter(Direction.TO_CLIENT, 10);
        assertFails(CHANGE, SOON, FailureCode.INDETERMINATE);
        assertThat(done).hasValue(1);
        call(CHANGE, SOON);
        assertThat(done).hasValue(2);
    }

    @Test
    void aChangeWhoseRequestIsCutOnTheWayHasAnUnknownOutcome() {
        call(READ, SOON);
        network.cutAfter(Direction.TO_SERVER, 5);
        assertFails(CHANGE, SOON, FailureCode.INDETERMINATE);
        assertThat(done).hasValue(0);
    }

    @Test
    void aReadWhoseAnswerIsCutIsUnavailable() {
        network.cutAfter(Direction.TO_CLIENT, 100);
        assertFails(LARGE, SOON, FailureCode.UNAVAILABLE);
    }

    @Test
    void anAnswerThatIsHeldBackEndsAtTheDeadline() {
        call(READ, SOON);
        network.hold(Direction.TO_CLIENT);
        assertFails(READ, Duration.ofMillis(100), FailureCode.TIMED_OUT);
        network.release(Direction.TO_CLIENT);
        call(READ, SOON);
        network.hold(Direction.TO_CLIENT);
        assertFails(CHANGE, Duration.ofMillis(100), FailureCode.INDETERMINATE);
    }

    @Test
    void anAnswerThatIsReleasedInTimeArrives() {
        call(READ, SOON);
        network.hold(Direction.TO_CLIENT);
        CompletableFuture<Xattr> answer = CompletableFuture.supplyAsync(() -> call(CHANGE, SOON));
        assertThat(network.awaitHeld(Direction.TO_CLIENT, 32, SOON)).isTrue();
        assertThat(answer).isNotDone();
        assertThat(done).hasValue(1);
        network.release(Direction.TO_CLIENT);
        assertThat(answer).succeedsWithin(SOON);
    }

    @Test
    void aNetworkThatSwallowsEverythingIsUnavailable() {
        network.drop(Direction.TO_SERVER);
        assertFails(CHANGE, Duration.ofMillis(200), FailureCode.UNAVAILABLE);
        assertThat(done).hasValue(0);
    }

    @Test
    void aRefusedConnectionIsUnavailableAndHealsAtOnce() {
        network.refuse();
        assertFails(CHANGE, SOON, FailureCode.UNAVAILABLE);
        network.heal();
        call(CHANGE, SOON);
    }

    @Test
    void aByteChangedInAnAnswerIsNoticed() {
        call(READ, SOON);
        network.corrupt(Direction.TO_CLIENT, 35);
        assertFails(READ, SOON, FailureCode.UNAVAILABLE);
        call(READ, SOON);
        network.corrupt(Direction.TO_CLIENT, 35);
        assertFails(CHANGE, SOON, FailureCode.INDETERMINATE);
    }

    @Test
    void aByteChangedInARequestIsNoticedAndNothingIsDone() {
        call(READ, SOON);
        network.corrupt(Direction.TO_SERVER, 40);
        assertFails(CHANGE, SOON, FailureCode.UNAVAILABLE);
        assertThat(done).hasValue(0);
    }

    @Test
    void pooledConnectionsThatDiedAreReplacedWithoutTheCallerNoticing() {
        call(READ, SOON);
        network.cutAll();
        await().until(() -> server.connections() == 0);
        call(CHANGE, SOON);
        assertThat(done).hasValue(1);
    }

    @Test
    void aDelayedNetworkIsOnlySlow() {
        call(READ, SOON);
        network.delay(Direction.TO_CLIENT, Duration.ofMillis(50));
        long before = System.nanoTime();
        call(READ, SOON);
        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .isGreaterThanOrEqualTo(Duration.ofMillis(50));
    }

    @Test
    void aPartitionEndsCallsAtTheirDeadlineAndHeals() {
        call(READ, SOON);
        network.partition();
        assertFails(READ, Duration.ofMillis(100), FailureCode.TIMED_OUT);
        network.heal();
        call(READ, SOON);
    }
}
