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

import java.util.Optional;
import java.util.function.Supplier;

/** Notes which numbered requests a client's step has sent. */
public record Recording(Transport real, Supplier<Optional<Event>> current) implements Transport {
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
            current.get()
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
