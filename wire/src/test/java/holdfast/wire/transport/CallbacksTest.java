package holdfast.wire.transport;

import static holdfast.wire.transport.Calls.header;
import static holdfast.wire.transport.Calls.millis;
import static holdfast.wire.transport.Calls.seconds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Renewal;
import holdfast.wire.proto.Role;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The callback channel: two streams of messages over one connection. */
class CallbacksTest {
    private final TcpTransport transport = new TcpTransport();
    private final AtomicReference<Service.ChannelHandler> handler =
            new AtomicReference<>((header, channel) -> answerRenewals(channel));
    private final AtomicReference<String> end = new AtomicReference<>("");
    private final TcpServer server = TcpServer.startAnywhere(Calls.files()
            .onCallbacks((header, channel) -> {
                try {
                    handler.get().handle(header, channel);
                    end.set("returned");
                } catch (FailureException e) {
                    end.set(e.code().name());
                    throw e;
                }
            })
            .build());

    @AfterEach
    void stop() {
        transport.close();
        server.close();
    }

    private static void answerRenewals(Transport.Channel<FromServer, FromClient> channel) {
        while (true) {
            FromClient message = channel.receive(seconds(20));
            Renewal renewal =
                    Renewal.newBuilder().setRenewal(message.getRenewal()).build();
            channel.send(FromServer.newBuilder().setRenewal(renewal).build(), seconds(5));
        }
    }

    private Transport.Channel<FromClient, FromServer> open() {
        return transport.openCallbacks(server.address(), header(), seconds(5));
    }

    private static FromClient renewal(long number) {
        return FromClient.newBuilder().setRenew(true).setRenewal(number).build();
    }

    private static FromServer breakOf(long number) {
        return FromServer.newBuilder()
                .setBreak(Break.newBuilder()
                        .setNumber(number)
                        .addItems(Broken.newBuilder().setFile(number)))
                .build();
    }

    private static void assertFails(ThrowingCallable call, FailureCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    @Test
    void messagesGoBothWaysInOrder() {
        try (var channel = open()) {
            for (int i = 1; i <= 1000; i++) {
                channel.send(renewal(i), seconds(5));
                assertThat(channel.receive(seconds(5)).getRenewal().getRenewal())
                        .isEqualTo(i);
            }
        }
        await().untilAsserted(() -> assertThat(end).hasValue("UNAVAILABLE"));
        await().until(() -> transport.connections(server.address()) == 0);
    }

    @Test
    void manyThreadsMaySendAtOnceWhileTheServerBreaks() throws Exception {
        SynchronousQueue<Long> numbers = new SynchronousQueue<>();
        handler.set((header, channel) -> {
            Thread breaking = Thread.ofVirtual().start(() -> {
                for (int i = 1; i <= 2000; i++) {
                    channel.send(breakOf(i), seconds(10));
                }
            });
            for (int i = 0; i < 4 * 500; i++) {
                channel.receive(seconds(10));
            }
            joinQuietly(breaking);
        });
        try (var channel = open()) {
            for (int t = 0; t < 4; t++) {
                Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < 500; i++) {
                        channel.send(renewal(i), seconds(10));
                    }
                });
            }
            for (int i = 1; i <= 2000; i++) {
                assertThat(channel.receive(seconds(10)).getBreak().getNumber()).isEqualTo(i);
            }
            await().untilAsserted(() -> assertThat(end).hasValue("returned"));
        }
        assertThat(numbers.poll(0, TimeUnit.SECONDS)).isNull();
    }

    private static void joinQuietly(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aReceiveThatFindsNothingLeavesTheChannelOpen() {
        try (var channel = open()) {
            assertFails(() -> channel.receive(millis(30)), FailureCode.TIMED_OUT);
            channel.send(renewal(5), seconds(5));
            assertThat(channel.receive(seconds(5)).getRenewal().getRenewal()).isEqualTo(5);
        }
    }

    @Test
    void aHandlerThatRefusesIsHeardByTheOpening() {
        handler.set((header, channel) -> {
            throw FailureException.of(FailureCode.UNKNOWN_CLIENT, "register first");
        });
        assertFails(this::open, FailureCode.UNKNOWN_CLIENT);
        await().until(() -> server.connections() == 0);
    }

    @Test
    void aHandlerThatFailsLaterIsHeardByTheNextReceive() {
        handler.set((header, channel) -> {
            channel.send(breakOf(1), seconds(5));
            throw FailureException.of(FailureCode.NOT_LEADER, "stepped down");
        });
        try (var channel = open()) {
            assertThat(channel.receive(seconds(5)).getBreak().getNumber()).isEqualTo(1);
            assertFails(() -> channel.receive(seconds(5)), FailureCode.NOT_LEADER);
            assertFails(() -> channel.receive(seconds(5)), FailureCode.NOT_LEADER);
        }
    }

    @Test
    void closingTheServerEndsTheChannel() {
        try (var channel = open()) {
            channel.send(renewal(1), seconds(5));
            channel.receive(seconds(5));
            CompletableFuture<FromServer> next =
                    CompletableFuture.supplyAsync(() -> channel.receive(seconds(20)));
            server.close();
            assertFails(next::join, java.util.concurrent.CompletionException.class);
            assertFails(() -> channel.receive(seconds(5)), FailureCode.UNAVAILABLE);
            assertFails(() -> channel.send(renewal(2), seconds(5)), FailureCode.UNAVAILABLE);
        }
    }

    private static void assertFails(ThrowingCallable call, Class<? extends Throwable> kind) {
        assertThatThrownBy(call).isInstanceOf(kind);
    }

    @Test
    void aClientThatDoesNotReadRunsTheServersSendIntoItsDeadline() {
        handler.set((header, channel) -> {
            FromServer large = FromServer.newBuilder()
                    .setBreak(Break.newBuilder()
                            .addAllItems(java.util.Collections.nCopies(
                                    10_000, Broken.newBuilder().setFile(1).build())))
                    .build();
            for (int i = 0; i < 10_000; i++) {
                channel.send(large, millis(200));
            }
        });
        try (var channel = open()) {
            await().untilAsserted(() -> assertThat(end).hasValue("TIMED_OUT"));
            assertThat(channel).isNotNull();
        }
    }

    @Test
    void anInterruptEndsAReceiveButNotTheChannel() throws Exception {
        try (var channel = open()) {
            CompletableFuture<FailureCode> code = new CompletableFuture<>();
            Thread receiver = Thread.ofVirtual().start(() -> {
                try {
                    channel.receive(seconds(20));
                } catch (FailureException e) {
                    code.complete(e.code());
                }
            });
            receiver.interrupt();
            assertThat(code.get(10, TimeUnit.SECONDS)).isEqualTo(FailureCode.CANCELLED);
            channel.send(renewal(3), seconds(5));
            assertThat(channel.receive(seconds(5)).getRenewal().getRenewal()).isEqualTo(3);
        }
    }

    @Test
    void aServerWithoutCallbacksSaysSo() {
        try (TcpServer locking = TcpServer.startAnywhere(
                        Service.of(Role.LOCKING, () -> 0).build());
                TcpServer plain = TcpServer.startAnywhere(Calls.files().build())) {
            assertFails(
                    () -> transport.openCallbacks(locking.address(), header(), seconds(5)),
                    FailureCode.WRONG_ROLE);
            assertFails(
                    () -> transport.openCallbacks(plain.address(), header(), seconds(5)),
                    FailureCode.INVALID);
            assertThat(transport.connections(plain.address())).isZero();
        }
    }
}
