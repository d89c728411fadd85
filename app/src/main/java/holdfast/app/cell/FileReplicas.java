package holdfast.app.cell;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.Peers;
import holdfast.server.replication.Membership;
import holdfast.server.replication.Membership.Member;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.GroupStatus;
import holdfast.wire.proto.GroupStatusReply;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Transport;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The members of a file server's group as keepers of chunks. One is let go only when all chunks are
 * on a majority of those that remain (rule 6c): from the attempt on, what is stored goes to a
 * majority of these, and what was stored before must be there.
 */
final class FileReplicas implements Peers, Membership.Departure {
    private static final Duration LOOK_MAX = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Membership membership;
    private final Transport transport;
    private final Caller caller;
    private final LongSupplier applied;
    private final Ticker ticker;
    private final Leaving leaving;

    FileReplicas(
            Membership membership,
            Transport transport,
            Caller caller,
            LongSupplier applied,
            Ticker ticker) {
        this.membership = membership;
        this.transport = transport;
        this.caller = caller;
        this.applied = applied;
        this.ticker = ticker;
        this.leaving = new Leaving(membership::isChanging, ticker);
    }

    @Override
    public String self() {
        return membership.view().self();
    }

    @Override
    public List<Peer> others() {
        Membership.View view = membership.view();
        return view.members().stream()
                .filter(member -> !member.id().equals(view.self()))
                .filter(member -> !leaving.is(member.id()))
                .filter(member -> !member.address().isEmpty())
                .map(member -> new Peer(member.id(), Address.parse(member.address())))
                .toList();
    }

    @Override
    public void prepare(String who, List<Member> rest, Deadline deadline) {
        leaving.begin(who);
        try {
            long upTo = applied.getAsLong();
            int needed = rest.size() / 2 + 1;
            while (rest.stream().filter(member -> isComplete(member, upTo)).count() < needed) {
                if (deadline.leftNanos() <= PAUSE.toNanos()) {
                    throw FailureException.of(
                            FailureCode.UNAVAILABLE,
                            "not all chunks are on a majority of the other members yet");
                }
                rest();
            }
        } catch (RuntimeException e) {
            leaving.end();
            throw e;
        }
    }

    private static void rest() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "removing a member was cancelled");
        }
    }

    private boolean isComplete(Member member, long upTo) {
        try {
            GroupStatusReply status = transport
                    .call(
                            Address.parse(member.address()),
                            FileMethods.GROUP_STATUS,
                            RequestHeader.newBuilder().setCaller(caller).build(),
                            GroupStatus.getDefaultInstance(),
                            Deadline.in(LOOK_MAX, ticker))
                    .message();
            return status.getCompleteAt() >= upTo;
        } catch (FailureException e) {
            return false;
        }
    }
}
