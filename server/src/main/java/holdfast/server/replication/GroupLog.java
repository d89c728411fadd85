package holdfast.server.replication;

import com.google.protobuf.ByteString;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.replication.HostedMachine.ProposalsApplied;
import holdfast.wire.log.Batch;

import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.ClientInvocationId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.JavaUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** One group's log through Ratis, in this process. */
final class GroupLog implements ReplicatedLog, ProposalsApplied {
    private static final Logger LOG = LoggerFactory.getLogger(GroupLog.class);
    private static final long CHECKPOINT_MILLIS_MAX = TimeUnit.MINUTES.toMillis(10);

    private final RaftServer.Division division;
    private final RaftClientAsynchronousProtocol requests;
    private final HostedMachine machine;
    private final ClientId client;
    private final AtomicLong calls;
    private final Supplier<Optional<String>> leader;
    private final Supplier<Optional<MemberRpc.Heard>> heard;
    private final Runnable closer;
    private final ProposalQueue queue = new ProposalQueue(this::send);
    private final Map<Long, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicLong proposed = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean caughtUp;

    /** An entry under way. */
    private static final class Entry {
        final List<Proposal> proposals;
        final CompletableFuture<RaftClientReply> reply = new CompletableFuture<>();
        volatile boolean appended;
        volatile @Nullable List<ByteString> outcomes;

        Entry(List<Proposal> proposals) {
            this.proposals = proposals;
        }

        void replied(@Nullable RaftClientReply answer, @Nullable Throwable failure) {
            if (failure != null) {
                reply.completeExceptionally(failure);
            } else {
                reply.complete(answer);
            }
        }
    }

    GroupLog(
            RaftServer.Division division,
            HostedMachine machine,
            ClientId client,
            AtomicLong calls,
            Supplier<Optional<String>> leader,
            Supplier<Optional<MemberRpc.Heard>> heard,
            Runnable closer) {
        this.division = division;
        // Asked directly, a division answers on the caller's thread; through the server each
        // request changes threads twice more.
        this.requests = (RaftClientAsynchronousProtocol) division;
        this.machine = machine;
        this.client = client;
        this.calls = calls;
        this.leader = leader;
        this.heard = heard;
        this.closer = closer;
        machine.serve(this, this::checkpoint);
    }

    @Override
    public ByteString propose(ByteString command, Deadline deadline) {
        if (command.size() > LogHost.COMMAND_BYTES_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT,
                    "a command of " + command.size() + " bytes; the log takes "
                            + LogHost.COMMAND_BYTES_MAX);
        }
        checkOpen();
        deadline.check("the change");
        Proposal proposal = new Proposal(command);
        queue.add(proposal);
        return proposal.await(deadline);
    }

    private void checkOpen() {
        machine.failure().ifPresent(cause -> {
            throw hasStopped(cause);
        });
        if (closed.get()) {
            throw FailureException.of(FailureCode.UNAVAILABLE, "the log is closed");
        }
    }

    /** Nobody can do anything about it here: the process ends, and may be started again. */
    private static FailureException hasStopped(Throwable cause) {
        return new FailureException(
                Failure.of(
                        Reasons.codeOf(cause, FailureCode.UNAVAILABLE),
                        "the log has stopped: " + Reasons.rootOf(cause)),
                cause);
    }

    private CompletableFuture<?> send(List<Proposal> proposals) {
        Entry entry = new Entry(proposals);
        long call = calls.incrementAndGet();
        entries.put(call, entry);
        Batch.Builder batch = Batch.newBuilder();
        proposals.forEach(proposal -> batch.addCommands(proposal.command()));
        proposed.incrementAndGet();
        var unused = submit(
                        call,
                        RaftClientRequest.writeRequestType(),
                        batch.build().toByteArray())
                .whenComplete(entry::replied);
        // What stopped before the entry was among the others has not failed it.
        machine.failure().ifPresent(cause -> entry.replied(null, hasStopped(cause)));
        return entry.reply.handle((reply, failure) -> {
            entries.remove(call);
            answer(entry, reply, failure);
            return null;
        });
    }

    /** Ratis does not answer what was under way when the log failed. */
    @Override
    public void stopped(Throwable cause) {
        entries.values().forEach(entry -> entry.replied(null, hasStopped(cause)));
    }

    private CompletableFuture<RaftClientReply> submit(
            long call, RaftClientRequest.Type type, byte[] content) {
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(client)
                .setServerId(division.getId())
                .setGroupId(division.getMemberId().getGroupId())
                .setCallId(call)
                .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(content)))
                .setType(type)
                .build();
        try {
            return requests.submitClientRequestAsync(request);
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void answer(Entry entry, @Nullable RaftClientReply reply, @Nullable Throwable failure) {
        List<ByteString> outcomes = entry.outcomes;
        if (reply != null && reply.isSuccess() && outcomes != null) {
            for (int i = 0; i < outcomes.size(); i++) {
                entry.proposals.get(i).answer(outcomes.get(i));
            }
            return;
        }
        FailureException told = hinted(Replies.failure(reply, failure, entry.appended));
        entry.proposals.forEach(proposal -> proposal.fail(told));
    }

    @Override
    public void appending(ClientInvocationId invocation) {
        Entry entry = entries.get(invocation.getLongId());
        if (entry != null && invocation.getClientId().equals(client)) {
            entry.appended = true;
        }
    }

    @Override
    public void applied(ClientInvocationId invocation, List<ByteString> outcomes) {
        if (!invocation.getClientId().equals(client)) {
            return;
        }
        Entry entry = entries.get(invocation.getLongId());
        if (entry != null) {
            entry.outcomes = outcomes;
        }
    }

    @Override
    public long confirmLeadership(Deadline deadline) {
        checkOpen();
        long term = leads();
        if (term != 0 && division.getRaftConf().getAllPeers().size() > 1) {
            read(deadline);
        }
        // A leader that lost a term never leads in it again: leading in it before and after, it
        // led throughout, so it was the leader whose lease was checked.
        if (term == 0 || leads() != term) {
            throw hinted(FailureException.of(
                    FailureCode.NOT_LEADER, "this member does not lead its replica group"));
        }
        return term;
    }

    /** Says who leads, where that is known. */
    private FailureException hinted(FailureException e) {
        return e.code() != FailureCode.NOT_LEADER
                ? e
                : leader.get()
                        .map(at -> new FailureException(
                                e.failure().with(new Failure.Leader(at)), e.getCause()))
                        .orElse(e);
    }

    /**
     * The term in which Ratis says that this member leads and has applied its first entry; or 0.
     */
    private long leads() {
        long term = machine.news().term();
        return term != 0
                        && division.getInfo().getCurrentTerm() == term
                        && division.getInfo().isLeaderReady()
                ? term
                : 0;
    }

    private void read(Deadline deadline) {
        try {
            RaftClientReply reply = submit(
                            calls.incrementAndGet(),
                            RaftClientRequest.readRequestType(),
                            new byte[0])
                    .get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
            if (!reply.isSuccess()) {
                throw hinted(Replies.failure(reply, null, false));
            }
        } catch (TimeoutException e) {
            throw FailureException.of(
                    FailureCode.NOT_LEADER, "leadership was not confirmed in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "confirming leadership was cancelled");
        } catch (ExecutionException e) {
            throw hinted(Replies.failure(null, e.getCause(), false));
        }
    }

    @Override
    public void onLeadership(Leadership listener) {
        machine.news().add(listener);
    }

    @Override
    public long leadingTerm() {
        return machine.news().term();
    }

    /**
     * A follower has: it has applied what the leader told it first after this start, and that is of
     * the leader's own term, so that nothing committed before is missing.
     */
    @Override
    public boolean caughtUp() {
        if (!caughtUp) {
            StateMachine.Applied applied = machine.applied();
            caughtUp = leadingTerm() != 0
                    || heard.get()
                            .filter(first -> applied.term() == first.term()
                                    && applied.index() >= first.committed())
                            .isPresent();
        }
        return caughtUp;
    }

    @Override
    public long proposals() {
        return proposed.get();
    }

    private void checkpoint() {
        SnapshotManagementRequest request = SnapshotManagementRequest.newCreate(
                client,
                division.getId(),
                division.getMemberId().getGroupId(),
                calls.incrementAndGet(),
                CHECKPOINT_MILLIS_MAX,
                1);
        Thread.ofVirtual().name("checkpoint").start(() -> {
            try {
                RaftClientReply reply = division.getRaftServer().snapshotManagement(request);
                if (!reply.isSuccess()) {
                    LOG.warn("no checkpoint: {}", Reasons.rootOf(reply.getException()));
                }
            } catch (IOException | CompletionException e) {
                LOG.warn(
                        "no checkpoint: {}",
                        Reasons.rootOf(JavaUtils.unwrapCompletionException(e)));
            }
        });
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            closer.run();
        }
    }
}
