package holdfast.server.files;

import holdfast.model.time.Deadline;
import holdfast.wire.proto.Caller;
import holdfast.wire.transport.Service.Call;

/**
 * A request that was let in: its caller is known, and this member led in {@code term} after it
 * came.
 */
record Asked<Q>(Call<Q> call, Caller caller, long term) {
    Q request() {
        return call.request();
    }

    long client() {
        return call.header().getClient();
    }

    Deadline deadline() {
        return call.deadline();
    }
}
