package holdfast.client.fake;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Renewal;
import holdfast.wire.transport.Transport.Channel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client's callback channel to a {@link FakeGroup}; a new one starts without promises. */
public final class FakeCallbacks implements Channel<FromClient, FromServer> {
    private static final FromServer END = FromServer.getDefaultInstance();

    private final FakeGroup group;
    private final long client;
    private final BlockingQueue<FromServer> messages = new LinkedBlockingQueue<>();
    private final List<FromServer> late = new ArrayList<>();
    private long newest;
    private volatile long handled;
    private volatile boolean closed;

    FakeCallbacks(FakeGroup group, long client) {
        this.group = group;
        this.client = client;
    }

    /** Sends a break; called under the group's lock. Returns its number. */
    long sendBreak(long term, List<Broken> items) {
        Break.Builder message = Break.newBuilder().setNumber(++newest).setTerm(term);
        late.add(FromServer.newBuilder().setBreak(message.addAllItems(items)).build());
        return newest;
    }

    /** Whether a break has been sent that has not arrived; under the group's lock. */
    boolean hasLateBreaks() {
        return !late.isEmpty();
    }

    /** What was sent arrives; under the group's lock. */
    void arrive() {
        messages.addAll(late);
        late.clear();
    }

    boolean handled(long number) {
        return closed || handled >= number;
    }

    @Override
    public void send(FromClient message, Deadline deadline) {
        if (closed) {
            throw FailureException.of(FailureCode.UNAVAILABLE, "closed");
        }
        if (message.getTerm() == group.term() && newest > 0) {
            handled = Math.max(handled, Math.min(message.getHandled(), newest));
        }
        if (message.getRenew()) {
            messages.add(FromServer.newBuilder()
                    .setRenewal(Renewal.newBuilder()
                            .setRenewal(message.getRenewal())
                            .setTerm(group.term())
                            .setMapVersion(1)
                            .setLastBreak(newest)
                            .setLeaseMillis(10_000))
                    .build());
        }
        group.heard(client, message.getTerm());
    }

    @Override
    public FromServer receive(Deadline deadline) {
        try {
            FromServer next =
                    messages.poll(Math.max(deadline.leftNanos(), 0), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw FailureException.of(FailureCode.TIMED_OUT, "nothing came");
            }
            if (next.equals(END)) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "closed");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "stopped");
        }
    }

    @Override
    public void close() {
        closed = true;
        messages.add(END);
        group.left(client, this);
    }
}
