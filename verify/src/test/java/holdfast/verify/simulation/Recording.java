package holdfast.verify.simulation;

import com.google.protobuf.Message;

import holdfast.model.time.Deadline;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Transport;

/** Notes which numbered requests a client's step has sent. */
record Recording(Transport real, ClientNode client) implements Transport {
    @Override
    public <Q extends Message, A extends Message> Answered<A> call(
            Address server,
            Method<Q, A> method,
            RequestHeader header,
            Q request,
            Bulk.Source out,
            Bulk.Sink in,
            Deadline deadline) {
        if (header.getRequest() != 0) {
            client.current()
                    .ifPresent(event -> event.requests.add(
                            new Event.Request(header.getClient(), header.getRequest())));
        }
        return real.call(server, method, header, request, out, in, deadline);
    }

    @Override
    public Channel<FromClient, FromServer> openCallbacks(
            Address server, RequestHeader header, Deadline deadline) {
        return real.openCallbacks(server, header, deadline);
    }

    @Override
    public void close() {
        real.close();
    }
}
