package holdfast.wire.transport;

import static holdfast.wire.transport.Calls.CHANGE;
import static holdfast.wire.transport.Calls.ECHO;
import static holdfast.wire.transport.Calls.WAIT;
import static holdfast.wire.transport.Calls.header;
import static holdfast.wire.transport.Calls.seconds;
import static holdfast.wire.transport.Calls.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.HelloReply;
import holdfast.wire.proto.ReplyHeader;
import holdfast.wire.proto.Role;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that takes requests and does not answer them; its machine still takes connections. */
class SilentServerTest {
    private final ServerSocket listener =
            new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    private final Address address = new Address("127.0.0.1", listener.getLocalPort());
    private final TcpTransport transport = new TcpTransport();
    private final AtomicInteger greetings = new AtomicInteger();

    /** How many connections are greeted before it falls silent. */
    private volatile int greetingsMax;

    SilentServerTest() throws IOException {}

    @AfterEach
    void stop() throws IOException {
        transport.close();
        listener.close();
    }

    private void serve(int greeted) {
        greetingsMax = greeted;
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try {
                    Socket socket = listener.accept();
                    Thread.ofVirtual().start(() -> greet(socket));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private void greet(Socket socket) {
        try (socket) {
            socket.getInputStream().readNBytes(Protocol.HEAD_BYTES);
            if (greetings.incrementAndGet() <= greetingsMax) {
                socket.getOutputStream()
                        .write(RawClient.frame(
                                Protocol.FLAG_REPLY,
                                Protocol.KIND_HELLO,
                                1,
                                ReplyHeader.getDefaultInstance(),
                                HelloReply.newBuilder()
                                        .setRole(Role.FILES)
                                        .setVersion(Protocol.VERSION)
                                        .build()));
            }
            socket.getInputStream().readAllBytes(); // until the client has enough
        } catch (IOException e) {
            // as well
        }
    }

    private FailureException failure(Method<?, ?> method, long seconds) {
        @SuppressWarnings("unchecked")
        var called = (Method<holdfast.wire.proto.Xattr, ?>) method;
        return catchThrowableOfType(
                FailureException.class,
                () -> transport.call(address, called, header(), text("x"), seconds(seconds)));
    }

    @Test
    void aCallIsGivenUpLongBeforeItsDeadlineWhenTheServerAnswersNoGreetingEither() {
        serve(1);
        FailureException e = failure(ECHO, 600);
        assertThat(e.code()).isEqualTo(FailureCode.UNAVAILABLE);
        assertThat(e).hasMessageContaining("fell silent");
    }

    @Test
    void aChangeThatWasSentToASilentServerMayHaveBeenDone() {
        serve(1);
        FailureException e = failure(CHANGE, 600);
        assertThat(e.code()).isEqualTo(FailureCode.INDETERMINATE);
        assertThat(e).hasMessageContaining("fell silent");
    }

    @Test
    void aServerThatIsOnlySlowAndACallThatMayWaitAreWaitedFor() throws Exception {
        serve(Integer.MAX_VALUE);
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<FailureException> slow = pool.submit(() -> failure(ECHO, 6));
            Future<FailureException> waiting = pool.submit(() -> failure(WAIT, 6));
            assertThat(slow.get().code()).isEqualTo(FailureCode.TIMED_OUT);
            assertThat(waiting.get().code()).isEqualTo(FailureCode.TIMED_OUT);
        }
        assertThat(greetings).as("connections, and what was asked for life").hasValueGreaterThan(2);
    }
}
