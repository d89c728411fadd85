package holdfast.verify.simulation;

import com.google.protobuf.Message;

import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Transport;

/** Holds what has been answered to a walk, as long as {@code hold} takes. */
record LateAnswers(Transport real, Runnable hold) implements Transport {
    @Override
    public <Q extends Message, A extends Message> Answered<A> call(
            Address server,
            Method<Q, A> method,
            RequestHeader header,
            Q request,
            Bulk.Source out,
            Bulk.Sink in,
            Deadline deadline) {
        Answered<A> answer = real.call(server, method, header, request, out, in, deadline);
        if (method.kind() == FileMethods.WALK.kind()) {
            hold.run();
        }
        return answer;
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
