package holdfast.wire.transport;

import static holdfast.wire.transport.Calls.CHANGE;
import static holdfast.wire.transport.Calls.DOWN;
import static holdfast.wire.transport.Calls.ECHO;
import static holdfast.wire.transport.Calls.UP;
import static holdfast.wire.transport.Calls.WAIT;
import static holdfast.wire.transport.Calls.header;
import static holdfast.wire.transport.Calls.millis;
import static holdfast.wire.transport.Calls.seconds;
import static holdfast.wire.transport.Calls.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Message;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FetchReply;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Xattr;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Handlers that wait, fail, or are left alone by their callers. */
class ServingTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int HUGE = 256 << 20;

    private final Executor threads =
            task -> Thread.ofVirtual().name("test-caller").start(task);
    private final CountDownLatch entered = new CountDownLatch(1);
    private final Semaphore go = new Semaphore(0);
    private final AtomicReference<String> ending = new AtomicReference<>("");
    private final TcpServer server = TcpServer.startAnywhere(Calls.files()
            .on(ECHO, call -> Service.Reply.of(call.request()))
            .on(WAIT, call -> {
                String text = call.request().getValue().toStringUtf8();
                if (text.startsWith("for ")) {
                    waitFor(Long.parseLong(text.substring(4)));
                } else {
                    waitForGo(call);
                }
                return Service.Reply.of(call.request());
            })
            .on(CHANGE, call -> {
                waitForGo(call);
                return Service.Reply.of(Nothing.getDefaultInstance());
            })
            .on(UP, call -> {
                throw FailureException.of(FailureCode.NO_SPACE, "full");
            })
            .on(
                    DOWN,
                    call -> new Service.Reply<>(
                            FetchReply.getDefaultInstance(),
                            failing(call.request().getCount())))
            .build());
    private final TcpTransport transport = new TcpTransport();

    @AfterEach
    void stop() {
        go.release(1000);
        transport.close();
        server.close();
    }

    private void waitFor(long millis) {
        try {
            assertThat(go.tryAcquire(millis, TimeUnit.MILLISECONDS)).isFalse();
        } catch (InterruptedException e) {
            throw FailureException.of(FailureCode.CANCELLED, "interrupted");
        }
    }

    private void waitForGo(Service.Call<?> call) {
        entered.countDown();
        try {
            boolean told = go.tryAcquire(call.deadline().leftNanos(), TimeUnit.NANOSECONDS);
            ending.set(told ? "told" : "timed out");
            call.deadline().check("waiting");
        } catch (InterruptedException e) {
            ending.set("interrupted");
            throw FailureException.of(FailureCode.CANCELLED, "interrupted");
        }
    }

    /** Bytes whose second half can't be read. */
    private static Bulk.Source failing(int length) {
        return new Bulk.Source() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public void writeTo(WritableByteChannel out) throws IOException {
                out.write(ByteBuffer.allocate(length / 2));
                throw new IOException("the disk is broken");
            }
        };
    }

    private <A extends Message> A call(Method<Xattr, A> method) {
        return transport
                .call(server.address(), method, header(), text("x"), seconds(10))
                .message();
    }

    private static void assertFails(ThrowingCallable call, FailureCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    @Test
    void theServerLearnsTheDeadlineAndItsWordArrivesBeforeTheClientGivesUp() {
        assertFails(
                () -> transport.call(server.address(), CHANGE, header(), text("x"), millis(1500)),
                FailureCode.TIMED_OUT);
        assertThat(ending).hasValue("timed out");
    }

    @Test
    void aHandlerThatWaitsIsInterruptedWhenItsCallerGoesAway() throws Exception {
        CompletableFuture<Xattr> call = CompletableFuture.supplyAsync(() -> call(WAIT), threads);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        transport.close();
        await().untilAsserted(() -> assertThat(ending).hasValue("interrupted"));
        assertThat(call).failsWithin(SOON);
        await().until(() -> server.connections() == 0);
    }

    @Test
    void aConnectionGoesOnAfterAWaitAndIsWatchedAgain() {
        // some shorter, some longer than the patience after which a connection is watched
        for (int millis = 1; millis < 60; millis += 4) {
            var answer = transport.call(
                    server.address(), WAIT, header(), text("for " + millis), seconds(10));
            assertThat(answer.message()).isEqualTo(text("for " + millis));
            assertThat(call(ECHO)).isEqualTo(text("x"));
        }
        assertThat(transport.connections(server.address())).isEqualTo(1);
    }

    @Test
    void anInterruptEndsACall() throws Exception {
        assertThat(interrupted(WAIT)).isEqualTo(FailureCode.CANCELLED);
        await().until(() -> go.getQueueLength() == 0);
        assertThat(interrupted(CHANGE)).isEqualTo(FailureCode.INDETERMINATE);
    }

    private FailureCode interrupted(Method<Xattr, ?> method) throws Exception {
        CompletableFuture<FailureCode> end = new CompletableFuture<>();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                var _ = transport.call(server.address(), method, header(), text("x"), seconds(10));
            } catch (FailureException e) {
                end.complete(
                        Thread.currentThread().isInterrupted() ? e.code() : FailureCode.INTERNAL);
            }
        });
        await().until(() -> go.getQueueLength() == 1);
        caller.interrupt();
        return end.get(10, TimeUnit.SECONDS);
    }

    @Test
    void closingTheTransportEndsCallsUnderWay() throws Exception {
        CompletableFuture<Nothing> call =
                CompletableFuture.supplyAsync(() -> call(CHANGE), threads);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        transport.close();
        assertThat(call)
                .failsWithin(SOON)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.INDETERMINATE));
        assertFails(() -> call(ECHO), FailureCode.UNAVAILABLE);
    }

    @Test
    void aServerThatClosesLetsRequestsUnderWayEnd() throws Exception {
        call(ECHO);
        CompletableFuture<Nothing> call =
                CompletableFuture.supplyAsync(() -> call(CHANGE), threads);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        Thread closing = Thread.ofVirtual().start(() -> server.close(seconds(10)));
        await().untilAsserted(() -> assertFails(() -> call(ECHO), FailureCode.UNAVAILABLE));
        go.release();
        assertThat(call).succeedsWithin(SOON);
        assertThat(closing.join(SOON)).isTrue();
        assertThat(server.connections()).isZero();
    }

    @Test
    void aServerThatClosesInterruptsHandlersAtTheDeadline() throws Exception {
        CompletableFuture<Xattr> call = CompletableFuture.supplyAsync(() -> call(WAIT), threads);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        server.close(millis(50));
        await().untilAsserted(() -> assertThat(ending).hasValue("interrupted"));
        assertThat(call).failsWithin(SOON);
    }

    @Test
    void aServerOfAnotherRoleIsNamed() {
        Method<Xattr, Xattr> locking =
                new Method<>(900, Role.LOCKING, "echo", false, 0, Xattr.parser(), Xattr.parser());
        assertThatThrownBy(() -> call(locking))
                .isInstanceOfSatisfying(FailureException.class, e -> {
                    assertThat(e.code()).isEqualTo(FailureCode.WRONG_ROLE);
                    assertThat(e.failure())
                            .hasToString("the server at " + server.address()
                                    + " is a file server, not a locking server");
                });
    }

    @Test
    void anAddressWhereNobodyListensIsUnavailable() {
        Address nobody = server.address();
        server.close();
        assertThatThrownBy(() -> transport.call(nobody, CHANGE, header(), text("x"), seconds(5)))
                .isInstanceOfSatisfying(FailureException.class, e -> {
                    assertThat(e.code()).isEqualTo(FailureCode.UNAVAILABLE);
                    assertThat(e.failure().server()).contains("file server " + nobody);
                });
    }

    @Test
    void aSourceThatFailsHalfWayCutsTheAnswer() {
        AtomicInteger bytes = new AtomicInteger();
        assertFails(
                () -> transport.call(
                        server.address(),
                        DOWN,
                        header(),
                        Fetch.newBuilder().setCount(HUGE).build(),
                        Bulk.Source.NONE,
                        (in, length) -> Bulk.receive(
                                in, length, block -> bytes.addAndGet(block.remaining())),
                        seconds(10)),
                FailureCode.UNAVAILABLE);
        assertThat(bytes.get()).isLessThanOrEqualTo(HUGE / 2);
    }

    @Test
    void aSourceOfFewBytesThatFailsIsAnsweredAsAFailure() {
        assertFails(
                () -> transport.call(
                        server.address(),
                        DOWN,
                        header(),
                        Fetch.newBuilder().setCount(100).build(),
                        seconds(10)),
                FailureCode.LOCAL_IO);
        assertThat(call(ECHO)).isEqualTo(text("x"));
        assertThat(transport.connections(server.address())).isEqualTo(1);
    }

    @Test
    void aRequestRefusedBeforeItsBytesWereReadSaysWhy() {
        for (int size : new int[] {10, 1 << 20, 4 << 20, HUGE}) {
            assertFails(
                    () -> transport.call(
                            server.address(),
                            UP,
                            header(),
                            text("x"),
                            Bulk.ofBytes(ByteBuffer.allocate(size)),
                            Bulk.Sink.NONE,
                            seconds(10)),
                    FailureCode.NO_SPACE);
            assertThat(call(ECHO)).isEqualTo(text("x"));
        }
    }

    @Test
    void aSourceOfTheCallerThatFailsEndsTheCall() {
        for (int size : new int[] {100, 2 << 20}) {
            assertFails(
                    () -> transport.call(
                            server.address(),
                            UP,
                            header(),
                            text("x"),
                            failing(size),
                            Bulk.Sink.NONE,
                            seconds(10)),
                    FailureCode.LOCAL_IO);
            assertThat(call(ECHO)).isEqualTo(text("x"));
        }
    }

    @Test
    void aSlowClientDoesNotHoldUpOthers() throws Exception {
        List<CompletableFuture<Xattr>> slow = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            slow.add(CompletableFuture.supplyAsync(() -> call(WAIT), threads));
        }
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 100; i++) {
            assertThat(call(ECHO)).isEqualTo(text("x"));
        }
        go.release(100);
        assertThat(slow).allSatisfy(call -> assertThat(call).succeedsWithin(SOON));
    }

    @Test
    void callsThatWaitLeaveConnectionsForOthers() throws Exception {
        TcpTransport.Settings few = new TcpTransport.Settings(
                4, 4, Duration.ofSeconds(60), Duration.ofSeconds(5), Duration.ZERO);
        try (TcpTransport narrow = new TcpTransport(few, BootTicker.system());
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                waiting.add(callers.submit(() ->
                        narrow.call(server.address(), WAIT, header(), text("x"), seconds(10))));
            }
            await().until(() -> narrow.connections(server.address()) == 3);
            var answer = narrow.call(server.address(), ECHO, header(), text("y"), seconds(5));
            assertThat(answer.message()).isEqualTo(text("y"));
            go.release(10);
            for (var call : waiting) {
                call.get(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aThousandConnectionsAreServedAtOnce() throws Exception {
        TcpTransport.Settings many = new TcpTransport.Settings(
                1500, 1500, Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ZERO);
        try (TcpTransport wide = new TcpTransport(many, BootTicker.system());
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                calls.add(callers.submit(
                        () -> wide.call(server.address(), WAIT, header(), text("x"), seconds(30))));
            }
            await().atMost(SOON).until(() -> server.connections() == 1000);
            await().atMost(SOON).until(() -> go.getQueueLength() == 1000);
            go.release(1000);
            for (var call : calls) {
                call.get(30, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aFullServerTellsRealClientsSo() throws Exception {
        TcpServer.Settings one = new TcpServer.Settings(1, 10, Duration.ofSeconds(5), "", "", "");
        try (TcpServer full = TcpServer.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Calls.files().build(),
                        one,
                        BootTicker.system());
                RawClient first = new RawClient(full.address())) {
            await().until(() -> full.connections() == 1);
            for (int i = 0; i < 200; i++) {
                assertFails(
                        () -> transport.call(full.address(), ECHO, header(), text("x"), seconds(5)),
                        FailureCode.LIMIT);
            }
            first.finishWriting();
        }
    }

    @Test
    void idleConnectionsAreClosedAfterAWhile() {
        TcpTransport.Settings brief = new TcpTransport.Settings(
                4, 4, Duration.ofMillis(50), Duration.ofSeconds(5), Duration.ZERO);
        try (TcpTransport brieflyIdle = new TcpTransport(brief, BootTicker.system())) {
            var _ = brieflyIdle.call(server.address(), ECHO, header(), text("x"), seconds(5));
            await().until(() -> brieflyIdle.connections(server.address()) == 0);
        }
        await().until(() -> server.connections() == 0);
    }

    @Test
    void anIdleConnectionIsClosedAlsoWhileAnotherIsBusy() throws Exception {
        TcpTransport.Settings brief = new TcpTransport.Settings(
                4, 4, Duration.ofMillis(50), Duration.ofSeconds(5), Duration.ofMillis(1));
        try (TcpTransport busy = new TcpTransport(brief, BootTicker.system())) {
            List<CompletableFuture<Xattr>> calls = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                calls.add(CompletableFuture.supplyAsync(
                        () -> busy.call(server.address(), WAIT, header(), text("x"), seconds(10))
                                .message(),
                        threads));
            }
            await().until(() -> go.getQueueLength() == 3);
            go.release(3);
            calls.forEach(CompletableFuture::join);
            assertThat(busy.connections(server.address())).isEqualTo(3);
            await().pollInterval(Duration.ofMillis(2)).until(() -> {
                var _ = busy.call(server.address(), ECHO, header(), text("x"), seconds(5));
                return busy.connections(server.address()) == 1;
            });
        }
    }

    @Test
    void requestsOverTheLimitAreTurnedAwayUndone() throws Exception {
        TcpServer.Settings one = new TcpServer.Settings(10, 1, Duration.ofSeconds(5), "", "", "");
        Semaphore leave = new Semaphore(0);
        Service service = Calls.files()
                .on(CHANGE, call -> {
                    entered.countDown();
                    leave.acquireUninterruptibly();
                    return Service.Reply.of(Nothing.getDefaultInstance());
                })
                .build();
        try (TcpServer narrow = TcpServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                service,
                one,
                BootTicker.system())) {
            CompletableFuture<?> first = CompletableFuture.runAsync(
                    () -> transport.call(
                            narrow.address(), CHANGE, header(), text("x"), seconds(10)),
                    threads);
            assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
            assertFails(
                    () -> transport.call(
                            narrow.address(), CHANGE, header(), text("x"), millis(200)),
                    FailureCode.UNAVAILABLE);
            leave.release();
            assertThat(first).succeedsWithin(SOON);
        }
    }

    @Test
    void onlyLoopbackAddressesAreListenedOn() {
        Service service = Calls.files().build();
        assertFails(
                () -> TcpServer.start(
                        new Address("0.0.0.0", 8002), service, TcpServer.Settings.DEFAULT),
                FailureCode.MISCONFIGURED);
        assertFails(
                () -> TcpServer.start(server.address(), service, TcpServer.Settings.DEFAULT),
                FailureCode.MISCONFIGURED);
        assertFails(
                () -> TcpServer.start(
                        new Address("no-such-host.invalid", 80),
                        service,
                        TcpServer.Settings.DEFAULT),
                FailureCode.MISCONFIGURED);
    }

    @Test
    void anythingElseThrownByAHandlerIsInternalAndTheConnectionGoesOn() {
        try (TcpServer broken = TcpServer.startAnywhere(Calls.files()
                .on(ECHO, call -> {
                    throw new IllegalStateException("a bug");
                })
                .build())) {
            for (int i = 0; i < 3; i++) {
                assertFails(
                        () -> transport.call(
                                broken.address(), ECHO, header(), text("x"), seconds(5)),
                        FailureCode.INTERNAL);
            }
            assertThat(transport.connections(broken.address())).isEqualTo(1);
            assertThat(Failure.of(FailureCode.INTERNAL, "").server()).isEmpty();
        }
    }
}
