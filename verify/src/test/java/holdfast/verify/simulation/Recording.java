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
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Notes which numbered requests a client's step has sent, and how long their answers took. */
public record Recording(Transport real, Supplier<Optional<Event>> current, LongSupplier nanos)
        implements Transport {
    @Override
    public <Q extends Message, A extends Message> Answered<A> call(
            Address server,
            Method<Q, A> method,
            RequestHeader header,
            Q request,
            Bulk.Source out,
            Bulk.Sink in,
            Deadline deadline) {
        Optional<Event> event = header.getRequest() == 0 ? Optional.empty() : current.get();
        event.ifPresent(
                e -> e.requests.add(new Event.Request(header.getClient(), header.getRequest())));
        long begun = nanos.getAsLong();
        try {
            return real.call(server, method, header, request, out, in, deadline);
        } finally {
            event.ifPresent(e -> e.answerTook(nanos.getAsLong() - begun));
        }
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
