package holdfast.client;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Transport;

import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Servers whose answers a test writes: each method has a handler, which may wait, fail, or answer;
 * the callback channel is the test's own. Requests are kept for the test to look at.
 */
public final class ScriptedServers implements Transport {
    /** A request as it arrived. */
    public record Seen(Address server, Method<?, ?> method, RequestHeader header, Message body) {}

    private final Map<Integer, Function<Seen, Answered<? extends Message>>> handlers =
            new ConcurrentHashMap<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Callbacks> opened = new LinkedBlockingQueue<>();
    private volatile boolean callbacksRefused;

    /** From now on {@code method} is answered by {@code handler}, in {@code term}. */
    public <Q extends Message, A extends Message> ScriptedServers on(
            Method<Q, A> method, long term, Function<Q, A> handler) {
        return onCall(method, call -> new Answered<>(handler.apply(body(method, call)), term));
    }

    /** The same, seeing header and address, and naming the term itself. */
    public <Q extends Message, A extends Message> ScriptedServers onCall(
            Method<Q, A> method, Function<Seen, Answered<A>> handler) {
        handlers.put(method.kind(), handler::apply);
        return this;
    }

    @SuppressWarnings("unchecked")
    public static <Q extends Message> Q body(Method<Q, ?> method, Seen call) {
        if (call.method().kind() != method.kind()) {
            throw new IllegalArgumentException(call.method().name());
        }
        return (Q) call.body();
    }

    /** Requests of {@code method} so far. */
    public List<Seen> seen(Method<?, ?> method) {
        return seen.stream()
                .filter(each -> each.method().kind() == method.kind())
                .toList();
    }

    /** The next callback channel that the client opens. */
    public Callbacks nextCallbacks() throws InterruptedException {
        Callbacks next = opened.poll(10, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no callback channel was opened");
        }
        return next;
    }

    public void refuseCallbacks(boolean refused) {
        callbacksRefused = refused;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <Q extends Message, A extends Message> Answered<A> call(
            Address server,
            Method<Q, A> method,
            RequestHeader header,
            Q request,
            Bulk.Source out,
            Bulk.Sink in,
            Deadline deadline) {
        Seen call = new Seen(server, method, header, request);
        seen.add(call);
        Function<Seen, Answered<? extends Message>> handler = handlers.get(method.kind());
        if (handler == null) {
            throw FailureException.of(
                    FailureCode.UNAVAILABLE, "nobody answers " + method.name() + " here");
        }
        return (Answered<A>) handler.apply(call);
    }

    @Override
    public Channel<FromClient, FromServer> openCallbacks(
            Address server, RequestHeader header, Deadline deadline) {
        if (callbacksRefused) {
            throw FailureException.of(FailureCode.UNAVAILABLE, "no callbacks here");
        }
        Callbacks channel = new Callbacks(header.getClient());
        opened.add(channel);
        return channel;
    }

    @Override
    public void close() {}

    /** A lost answer, as the transport reports it. */
    public static FailureException lost() {
        return FailureException.of(FailureCode.INDETERMINATE, "the answer was lost");
    }

    /** A channel whose server side is the test. */
    public static final class Callbacks implements Channel<FromClient, FromServer> {
        private static final FromServer END = FromServer.getDefaultInstance();

        private final long client;
        private final BlockingQueue<FromClient> fromClient = new LinkedBlockingQueue<>();
        private final BlockingQueue<FromServer> fromServer = new LinkedBlockingQueue<>();
        private volatile boolean closed;

        private Callbacks(long client) {
            this.client = client;
        }

        public long client() {
            return client;
        }

        /** The next message from the client. */
        public FromClient next() throws InterruptedException {
            FromClient next = fromClient.poll(10, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("the client said nothing");
            }
            return next;
        }

        /** The next message that asks for a renewal. */
        public FromClient nextRenewal() throws InterruptedException {
            FromClient next = next();
            while (!next.getRenew()) {
                next = next();
            }
            return next;
        }

        public void tell(FromServer message) {
            fromServer.add(message);
        }

        @Override
        public void send(FromClient message, Deadline deadline) {
            if (closed) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "closed");
            }
            fromClient.add(message);
        }

        @Override
        public FromServer receive(Deadline deadline) {
            try {
                FromServer next =
                        fromServer.poll(Math.max(deadline.leftNanos(), 0), TimeUnit.NANOSECONDS);
                if (next == null) {
                    throw FailureException.of(FailureCode.TIMED_OUT, "nothing came");
                }
                if (next.equals(END) || closed) {
                    throw FailureException.of(FailureCode.UNAVAILABLE, "closed");
                }
                return next;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FailureException.of(FailureCode.CANCELLED, "interrupted");
            }
        }

        @Override
        public void close() {
            closed = true;
            fromServer.add(END);
        }
    }
}
