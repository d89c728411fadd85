package holdfast.server.replication;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.replication.Checkpoints.Checkpoint;
import holdfast.server.replication.StateMachine.Applied;
import holdfast.wire.log.Batch;

import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.ClientInvocationId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Puts a {@link StateMachine} under Ratis.
 *
 * <p>Ratis feeds entries from its latest snapshot on. Our state may be durable beyond that (a
 * RocksDB that flushed): entries up to where it stands are passed over, and the entry at which it
 * stands must be the one it knows, by its term. State that is behind the snapshot is restored from
 * it. State beyond the end of the log, or a log that begins after the state ends, stops the group
 * at its start: going on would lose or invent commands.
 *
 * <p>Ratis commits an entry on this member only up to its own log's synced end
 * (RaftLogBase.updateCommitIndex takes the lesser of both), so what comes here is on this disk.
 *
 * <p>Whatever is thrown while applying stops the group: the state is then not known to be that of
 * the log.
 */
final class HostedMachine extends BaseStateMachine {
    private static final Message DONE = Message.EMPTY;

    private final StateMachine machine;
    private final Checkpoints checkpoints = new Checkpoints();
    private final LeadershipNews news = new LeadershipNews();
    private final long checkpointBytesMax;
    private final Consumer<Throwable> stopped;
    private final IntConsumer members;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicBoolean told = new AtomicBoolean();
    private final CompletableFuture<Void> led = new CompletableFuture<>();
    private volatile ProposalsApplied proposals = ProposalsApplied.NONE;
    private volatile Runnable wantsCheckpoint = () -> {};
    private volatile boolean closing;
    private long bytesSinceCheckpoint;
    private long configurationTerm;

    /** Takes the outcomes of what was proposed in this process. */
    interface ProposalsApplied {
        ProposalsApplied NONE = (invocation, outcomes) -> {};

        void applied(ClientInvocationId invocation, List<ByteString> outcomes);

        /** The proposal is about to be appended to this member's log. */
        default void appending(ClientInvocationId invocation) {}

        /** The group has stopped: nothing more is applied here. */
        default void stopped(Throwable cause) {}
    }

    /**
     * @param stopped told when the group has stopped here
     * @param members told how many members the group has, whenever that is committed
     */
    HostedMachine(
            StateMachine machine,
            long checkpointBytesMax,
            Consumer<Throwable> stopped,
            IntConsumer members) {
        this.machine = machine;
        this.checkpointBytesMax = checkpointBytesMax;
        this.stopped = stopped;
        this.members = members;
    }

    void serve(ProposalsApplied applied, Runnable checkpointWanted) {
        proposals = applied;
        wantsCheckpoint = checkpointWanted;
    }

    StateMachine.Applied applied() {
        return machine.applied();
    }

    LeadershipNews news() {
        return news;
    }

    /** What stopped the group, if something did. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Waits until this member leads for the first time. */
    void awaitLeadership(Deadline deadline) {
        try {
            led.get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw FailureException.of(FailureCode.TIMED_OUT, "the replica group has no leader yet");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "waiting for a leader was cancelled");
        } catch (ExecutionException e) {
            throw FailureException.of(
                    Reasons.codeOf(e, FailureCode.DAMAGED),
                    "the replica group can't be used: " + Reasons.rootOf(e));
        }
    }

    // Starting

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
            throws IOException {
        super.initialize(server, group, storage);
        try {
            getLifeCycle().startAndTransition(() -> start(storage), IOException.class);
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }

    private void start(RaftStorage storage) throws IOException {
        checkpoints.init(storage);
        Applied snapshot = catchUpWithCheckpoint();
        StoredLog log = new StoredLog(storage);
        log.sync();
        checkAgainst(log, snapshot);
        setLastAppliedTermIndex(at(snapshot));
    }

    /** Restores the state if it is behind the newest checkpoint; where that checkpoint stands. */
    private Applied catchUpWithCheckpoint() throws IOException {
        Optional<Checkpoint> newest = checkpoints.find();
        if (newest.isEmpty()) {
            return Applied.NONE;
        }
        Applied at = newest.get().at();
        if (machine.applied().index() < at.index()) {
            machine.restore(newest.get().folder());
            if (!machine.applied().equals(at)) {
                throw new IOException(newest.get().folder() + " restored to " + machine.applied()
                        + " instead of " + at);
            }
        }
        return at;
    }

    private void checkAgainst(StoredLog log, Applied snapshot) throws IOException {
        long state = machine.applied().index();
        long first = log.first().orElse(snapshot.index() + 1);
        if (first > snapshot.index() + 1) {
            throw new IOException("the log begins at entry " + first
                    + ", but the newest checkpoint ends at entry " + snapshot.index()
                    + ": entries are missing");
        }
        long last = Math.max(
                snapshot.index(),
                log.last().map(TermIndex::getIndex).orElse(RaftLog.INVALID_LOG_INDEX));
        if (state > last) {
            throw new IOException("the state holds entry " + state + ", but the log ends at entry "
                    + last + ": the log is of another time, or of another server");
        }
    }

    private static TermIndex at(Applied applied) {
        return applied.index() < 0
                ? TermIndex.INITIAL_VALUE
                : TermIndex.valueOf(applied.term(), applied.index());
    }

    // Applying

    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction) {
        proposals.appending(ClientInvocationId.valueOf(
                transaction.getClientRequest().getClientId(),
                transaction.getClientRequest().getCallId()));
        return transaction;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        try {
            if (isNew(entry.getTerm(), entry.getIndex())) {
                apply(entry);
            }
            updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
            return CompletableFuture.completedFuture(DONE);
        } catch (RuntimeException | Error | InvalidProtocolBufferException e) {
            failInUpdater(e);
            throw new IllegalStateException(
                    "entry " + entry.getIndex() + " could not be applied", e);
        }
    }

    private void apply(LogEntryProto entry) throws InvalidProtocolBufferException {
        var data = entry.getStateMachineLogEntry().getLogData();
        ByteString bytes = UnsafeByteOperations.unsafeWrap(data.asReadOnlyByteBuffer());
        List<ByteString> commands = Batch.parseFrom(bytes).getCommandsList();
        List<ByteString> outcomes = machine.apply(entry.getTerm(), entry.getIndex(), commands);
        if (outcomes.size() != commands.size()) {
            throw new IllegalStateException("entry " + entry.getIndex() + " holds "
                    + commands.size() + " commands, but has " + outcomes.size() + " outcomes");
        }
        checkStands(entry.getTerm(), entry.getIndex());
        proposals.applied(ClientInvocationId.valueOf(entry.getStateMachineLogEntry()), outcomes);
        bytesSinceCheckpoint += data.size();
        if (bytesSinceCheckpoint > checkpointBytesMax) {
            bytesSinceCheckpoint = 0;
            wantsCheckpoint.run();
        }
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        try {
            if (isNew(term, index)) {
                machine.skip(term, index);
                checkStands(term, index);
            }
            updateLastAppliedTermIndex(term, index);
        } catch (RuntimeException | Error e) {
            failInUpdater(e);
            throw e;
        }
    }

    /** Whether the state does not hold this entry yet. */
    private boolean isNew(long term, long index) {
        Applied state = machine.applied();
        if (index == state.index() && term != state.term()) {
            throw new IllegalStateException("the state holds entry " + index + " of term "
                    + state.term() + ", but the log has one of term " + term
                    + " there: the log is of another time");
        }
        if (index > state.index() + 1) {
            throw new IllegalStateException(
                    "entry " + index + " came, but the state holds entries up to " + state.index());
        }
        return index > state.index();
    }

    private void checkStands(long term, long index) {
        Applied now = machine.applied();
        if (now.term() != term || now.index() != index) {
            throw new IllegalStateException("after entry " + index + " of term " + term
                    + " the state says that it holds " + now);
        }
    }

    // Checkpoints

    @Override
    public Checkpoints getStateMachineStorage() {
        return checkpoints;
    }

    @Override
    public long takeSnapshot() throws IOException {
        Applied state = machine.applied();
        if (state.index() < 0
                || state.index() != getLastAppliedTermIndex().getIndex()
                || failure().isPresent()) {
            // Entries that the state holds already are still coming by.
            return RaftLog.INVALID_LOG_INDEX;
        }
        try {
            checkpoints.make(state, machine::checkpoint);
        } catch (RuntimeException e) {
            throw new IOException("checkpoint at entry " + state.index(), e);
        }
        bytesSinceCheckpoint = 0;
        return state.index();
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    /** Another member sent a checkpoint: it takes the place of the state. */
    @Override
    public void reinitialize() throws IOException {
        try {
            Optional<Checkpoint> received = checkpoints.find();
            if (received.isEmpty()) {
                throw new IOException("no checkpoint was received");
            }
            checkpoints.adopt(received.get());
            setLastAppliedTermIndex(at(catchUpWithCheckpoint()));
            if (getLifeCycleState() == LifeCycle.State.PAUSED) {
                getLifeCycle().transition(LifeCycle.State.STARTING);
                getLifeCycle().transition(LifeCycle.State.RUNNING);
            }
        } catch (IOException | RuntimeException | Error e) {
            failInUpdater(e);
            throw e;
        }
    }

    // Leading

    @Override
    public void notifyConfigurationChanged(
            long term, long index, RaftConfigurationProto configuration) {
        configurationTerm = term;
        members.accept(configuration.getPeersCount());
    }

    @Override
    public void notifyLeaderReady() {
        // Comes while the entry that a leader writes first is applied, just after it was told of.
        news.gained(configurationTerm);
        led.complete(null);
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        news.lost();
    }

    // Ending

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        fail(cause);
    }

    private void fail(Throwable cause) {
        failInUpdater(cause);
        tell();
    }

    /**
     * On the thread that applies entries: Ratis closes the group next, and {@link #close} tells of
     * it. Whoever closed the group between would wait for ever, since a thread that fails while it
     * is being stopped never ends (StateMachineUpdater of Ratis 3.3).
     */
    private void failInUpdater(Throwable cause) {
        if (failure.compareAndSet(null, cause)) {
            news.lost();
            proposals.stopped(cause);
        }
    }

    private void tell() {
        Throwable cause = failure.get();
        if (cause != null && !closing && told.compareAndSet(false, true)) {
            led.completeExceptionally(cause);
            stopped.accept(cause);
        }
    }

    @Override
    public void close() {
        news.lost();
        if (!closing && failure().isEmpty()) {
            // Others said so when it stood for election.
            fail(FailureException.of(
                    FailureCode.MISCONFIGURED, "this server was removed from its group"));
        }
        tell();
    }

    /** It is being closed on purpose. */
    void closing() {
        closing = true;
    }

    /** It is closed; no more news. */
    void closed() {
        closing = true;
        news.close();
    }
}
