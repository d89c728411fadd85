package holdfast.verify.simulation;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Transport;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Sees that a version whose manifest was just given is there to be fetched, whoever leads meanwhile
 * (rule 6b).
 */
final class HeldVersions implements Transport {
    private static final long HELD_NANOS =
            ServerNode.HOLD.minus(Duration.ofMillis(200)).toNanos();

    private final Transport real;
    private final History history;
    private final Map<Version, Long> shown = new HashMap<>();

    private record Version(long file, long number) {}

    HeldVersions(Transport real, History history) {
        this.real = real;
        this.history = history;
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
        long begun = history.now();
        try {
            Answered<A> answer = real.call(server, method, header, request, out, in, deadline);
            if (answer.message() instanceof WalkReply walk && walk.getContents().hasManifest()) {
                Attributes last = walk.getSteps(walk.getStepsCount() - 1).getAttributes();
                shown.put(new Version(last.getFile(), last.getDataVersion()), begun);
            }
            return answer;
        } catch (FailureException e) {
            if (e.code() == FailureCode.STALE && request instanceof Fetch fetch) {
                checkHeld(new Version(fetch.getFile(), fetch.getDataVersion()));
            }
            throw e;
        }
    }

    private void checkHeld(Version version) {
        Long since = shown.get(version);
        if (since != null && history.now() - since < HELD_NANOS) {
            history.wrong(version + " was given up while it was being fetched");
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
