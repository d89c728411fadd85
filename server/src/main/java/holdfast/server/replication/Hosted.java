package holdfast.server.replication;

import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.replication.ReplicatedLog.Leadership;
import holdfast.server.replication.StateMachine.Applied;
import holdfast.wire.log.Batch;
import holdfast.wire.log.BatchOutcome;

import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets the engine drive one of our state machines, and knows whether this member leads its group.
 */
final class Hosted extends BaseStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(Hosted.class);

    private final StateMachine machine;
    private final Checkpoints checkpoints = new Checkpoints();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition led = lock.newCondition();
    private final List<Leadership> listeners = new ArrayList<>();
    private long leadingTerm;

    Hosted(StateMachine machine) {
        this.machine = machine;
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
            throws IOException {
        super.initialize(server, group, storage);
        checkpoints.init(storage);
        load();
    }

    @Override
    public void reinitialize() throws IOException {
        load();
    }

    /**
     * What the machine keeps itself may be ahead of the last checkpoint, after a crash also behind
     * it.
     */
    private void load() throws IOException {
        Optional<Checkpoints.Checkpoint> latest = checkpoints.latest();
        if (latest.isPresent() && latest.get().at().index() > machine.applied().index()) {
            machine.restore(latest.get().path());
        }
        Applied applied = machine.applied();
        if (applied.index() >= 0) {
            setLastAppliedTermIndex(TermIndex.valueOf(applied.term(), applied.index()));
        }
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return checkpoints;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        try {
            Batch batch = Batch.parseFrom(
                    entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
            List<com.google.protobuf.ByteString> outcomes =
                    machine.apply(entry.getTerm(), entry.getIndex(), batch.getCommandsList());
            updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
            byte[] answer =
                    BatchOutcome.newBuilder().addAllOutcomes(outcomes).build().toByteArray();
            return CompletableFuture.completedFuture(Message.valueOf(ByteString.copyFrom(answer)));
        } catch (InvalidProtocolBufferException e) {
            throw stopped(entry, e);
        } catch (RuntimeException | Error e) {
            throw stopped(entry, e);
        }
    }

    /**
     * A state that can't be changed as its log says must not go on: the engine closes this group's
     * member.
     */
    private static IllegalStateException stopped(LogEntryProto entry, Throwable e) {
        LOG.error(
                "entry {} of term {} can't be applied; this member stops",
                entry.getIndex(),
                entry.getTerm(),
                e);
        return new IllegalStateException("entry " + entry.getIndex() + " can't be applied", e);
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        if (index > machine.applied().index()) {
            machine.skip(term, index);
        }
        updateLastAppliedTermIndex(term, index);
    }

    @Override
    public long takeSnapshot() throws IOException {
        Applied at = machine.applied();
        if (at.index() < 0) {
            return -1;
        }
        var path = checkpoints.begin(at);
        machine.checkpoint(path);
        checkpoints.finish(path, at);
        return at.index();
    }

    /** A read that the engine answers only when this member leads under its lease. */
    @Override
    public CompletableFuture<Message> query(Message question) {
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    @Override
    public void notifyLeaderReady() {
        var unused = getServer().thenAccept(server -> {
            try {
                gained(server.getDivision(getGroupId()).getInfo().getCurrentTerm());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        lost();
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
        if (!member.getPeerId().equals(leader)) {
            lost();
        }
    }

    private void gained(long term) {
        lock.lock();
        try {
            leadingTerm = term;
            led.signalAll();
            listeners.forEach(listener -> listener.gained(term));
        } finally {
            lock.unlock();
        }
    }

    private void lost() {
        lock.lock();
        try {
            if (leadingTerm != 0) {
                leadingTerm = 0;
                listeners.forEach(Leadership::lost);
            }
        } finally {
            lock.unlock();
        }
    }

    void onLeadership(Leadership listener) {
        lock.lock();
        try {
            listeners.add(listener);
            if (leadingTerm != 0) {
                listener.gained(leadingTerm);
            }
        } finally {
            lock.unlock();
        }
    }

    long leadingTerm() {
        lock.lock();
        try {
            return leadingTerm;
        } finally {
            lock.unlock();
        }
    }

    void awaitLeadership(Deadline deadline) {
        lock.lock();
        try {
            while (leadingTerm == 0) {
                if (!led.await(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS)
                        && leadingTerm == 0) {
                    throw FailureException.of(
                            FailureCode.TIMED_OUT, "the log found no leader in time");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted while the log started");
        } finally {
            lock.unlock();
        }
    }
}
