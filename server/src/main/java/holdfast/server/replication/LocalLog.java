package holdfast.server.replication;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.log.Batch;
import holdfast.wire.log.BatchOutcome;

import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Submits to the engine in this process. Few entries are under way at once; commands that come
 * meanwhile wait and share the next entry, so that a busy log syncs once for many.
 */
final class LocalLog implements ReplicatedLog {
    private static final int COMMANDS_MAX = 64;
    private static final int UNDER_WAY_MAX = 2;
    private static final int WAITING_MAX = 100_000;

    private final RaftServer server;
    private final RaftGroupId group;
    /** Its own, since the engine answers a call with a known client and number from its memory. */
    private final ClientId self = ClientId.randomId();

    private final Hosted hosted;
    private final AtomicLong calls = new AtomicLong(1);
    private final AtomicLong proposals = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int underWay;

    LocalLog(RaftServer server, RaftGroupId group, Hosted hosted) {
        this.server = server;
        this.group = group;
        this.hosted = hosted;
    }

    private record Waiting(ByteString command, CompletableFuture<ByteString> outcome) {}

    @Override
    public ByteString propose(ByteString command, Deadline deadline) {
        if (command.size() > EngineSettings.ENTRY_BYTES_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT, "a change of " + command.size() + " bytes is too large");
        }
        Waiting mine = new Waiting(command, new CompletableFuture<>());
        lock.lock();
        try {
            if (waiting.size() >= WAITING_MAX) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "too many changes are waiting");
            }
            waiting.add(mine);
        } finally {
            lock.unlock();
        }
        pump();
        return outcome(mine.outcome, deadline);
    }

    private static ByteString outcome(CompletableFuture<ByteString> outcome, Deadline deadline) {
        try {
            return outcome.get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw failure(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw FailureException.of(
                    FailureCode.INDETERMINATE,
                    "the change was not committed in time; it may be later");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(
                    FailureCode.INDETERMINATE, "interrupted while the change was committed");
        }
    }

    private static FailureException failure(Throwable cause) {
        return switch (cause) {
            case FailureException known -> known;
            case NotLeaderException notLeader ->
                FailureException.of(FailureCode.NOT_LEADER, "this member does not lead its group");
            default ->
                new FailureException(
                        holdfast.model.failure.Failure.of(
                                FailureCode.INDETERMINATE,
                                "the change may or may not be committed: " + cause),
                        cause);
        };
    }

    private void pump() {
        while (true) {
            List<Waiting> batch = next();
            if (batch.isEmpty()) {
                return;
            }
            submit(batch);
        }
    }

    private List<Waiting> next() {
        lock.lock();
        try {
            List<Waiting> batch = new ArrayList<>();
            if (underWay >= UNDER_WAY_MAX) {
                return batch;
            }
            int bytes = 0;
            while (!waiting.isEmpty() && batch.size() < COMMANDS_MAX) {
                bytes += waiting.getFirst().command.size();
                if (!batch.isEmpty() && bytes > EngineSettings.ENTRY_BYTES_MAX) {
                    break;
                }
                batch.add(waiting.removeFirst());
            }
            underWay += batch.isEmpty() ? 0 : 1;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void submit(List<Waiting> batch) {
        Batch.Builder commands = Batch.newBuilder();
        batch.forEach(one -> commands.addCommands(one.command));
        proposals.incrementAndGet();
        var unused = send(RaftClientRequest.writeRequestType(), commands.build().toByteArray())
                .whenComplete((reply, failed) -> {
                    lock.lock();
                    try {
                        underWay--;
                    } finally {
                        lock.unlock();
                    }
                    complete(batch, reply, failed);
                    pump();
                });
    }

    private static void complete(
            List<Waiting> batch,
            @org.jspecify.annotations.Nullable RaftClientReply reply,
            @org.jspecify.annotations.Nullable Throwable failed) {
        try {
            if (failed != null || reply == null || !reply.isSuccess()) {
                Throwable cause = failed != null || reply == null ? failed : reply.getException();
                Throwable known = cause == null ? new IOException("no answer of the log") : cause;
                batch.forEach(one -> one.outcome.completeExceptionally(unwrapped(known)));
                return;
            }
            BatchOutcome outcomes =
                    BatchOutcome.parseFrom(reply.getMessage().getContent().asReadOnlyByteBuffer());
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).outcome.complete(outcomes.getOutcomes(i));
            }
        } catch (InvalidProtocolBufferException | RuntimeException e) {
            batch.forEach(one -> one.outcome.completeExceptionally(e));
        }
    }

    private static Throwable unwrapped(Throwable failed) {
        Throwable cause = failed.getCause();
        return failed instanceof java.util.concurrent.CompletionException && cause != null
                ? cause
                : failed;
    }

    private CompletableFuture<RaftClientReply> send(RaftClientRequest.Type type, byte[] content) {
        try {
            return server.submitClientRequestAsync(RaftClientRequest.newBuilder()
                    .setClientId(self)
                    .setServerId(server.getId())
                    .setGroupId(group)
                    .setCallId(calls.incrementAndGet())
                    .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(content)))
                    .setType(type)
                    .build());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public long confirmLeadership(Deadline deadline) {
        long term = hosted.leadingTerm();
        if (term == 0) {
            throw notLeader();
        }
        try {
            RaftClientReply reply = send(RaftClientRequest.readRequestType(), new byte[0])
                    .get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
            if (!reply.isSuccess() || hosted.leadingTerm() != term) {
                throw notLeader();
            }
            return term;
        } catch (ExecutionException | TimeoutException e) {
            throw notLeader();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted");
        }
    }

    private static FailureException notLeader() {
        return FailureException.of(FailureCode.NOT_LEADER, "this member does not lead its group");
    }

    @Override
    public void onLeadership(Leadership listener) {
        hosted.onLeadership(listener);
    }

    @Override
    public long leadingTerm() {
        return hosted.leadingTerm();
    }

    @Override
    public long proposals() {
        return proposals.get();
    }

    /** The engine is closed by its host. */
    @Override
    public void close() {}
}
