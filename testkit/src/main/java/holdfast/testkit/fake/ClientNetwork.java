package holdfast.testkit.fake;

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
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One client's own network: its ways to the servers fail without touching other clients'. */
public final class ClientNetwork implements Transport {
    private final TcpTransport tcp = new TcpTransport();
    private final Map<Address, FaultyNetwork> ways = new ConcurrentHashMap<>();
    private volatile boolean killed;

    /** The way to {@code server}. */
    public FaultyNetwork to(Address server) {
        return ways.computeIfAbsent(server, FaultyNetwork::to);
    }

    /** The ways to all servers that were called so far. */
    public Collection<FaultyNetwork> all() {
        return List.copyOf(ways.values());
    }

    /** The client's process is gone: nothing it says arrives any more. */
    public void kill() {
        killed = true;
        ways.values().forEach(FaultyNetwork::refuse);
        ways.values().forEach(FaultyNetwork::cutAll);
    }

    private Address alive(Address server) {
        if (killed) {
            throw FailureException.of(FailureCode.UNAVAILABLE, "this client was killed");
        }
        return to(server).address();
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
        return tcp.call(alive(server), method, header, request, out, in, deadline);
    }

    @Override
    public Channel<FromClient, FromServer> openCallbacks(
            Address server, RequestHeader header, Deadline deadline) {
        return tcp.openCallbacks(alive(server), header, deadline);
    }

    @Override
    public void close() {
        tcp.close();
        ways.values().forEach(FaultyNetwork::close);
    }
}
