package holdfast.client.testing;

import com.google.protobuf.Message;

import holdfast.model.time.Deadline;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport;

import java.util.List;
import java.util.function.Consumer;

/** One client's network, which tells of each call that somebody waits for. */
public final class CountedNetwork implements Transport {
    /** The client's threads whose calls hold nobody up. */
    private static final List<String> NOBODY_WAITS = List.of(
            "holdfast-heartbeats",
            "holdfast-release",
            "holdfast-raised",
            "holdfast-cancel",
            "holdfast-map",
            "holdfast-check",
            "holdfast-ids");

    private final TcpTransport tcp = new TcpTransport();
    private final Consumer<String> called;

    /** A network that gives {@code called} the method's name before each call. */
    public CountedNetwork(Consumer<String> called) {
        this.called = called;
    }

    @Override
    public <Q extends Message, A extends Message> Answered<A> call(
            Address server,
            Method<Q, A> method,
            RequestHeader header,
            Q request,
            Bulk.Source out,
            Bulk.Sink in,
            Deadline deadline) {
        if (!NOBODY_WAITS.contains(Thread.currentThread().getName())) {
            called.accept(method.name());
        }
        return tcp.call(server, method, header, request, out, in, deadline);
    }

    @Override
    public Channel<FromClient, FromServer> openCallbacks(
            Address server, RequestHeader header, Deadline deadline) {
        return tcp.openCallbacks(server, header, deadline);
    }

    @Override
    public void close() {
        tcp.close();
    }
}
