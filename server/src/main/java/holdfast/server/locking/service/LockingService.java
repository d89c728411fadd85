package holdfast.server.locking.service;

import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.locking.LockingState;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.security.Administrators;
import holdfast.server.security.Callers;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.log.EndSessions;
import holdfast.wire.log.LockingCommand;
import holdfast.wire.log.LockingOutcome;
import holdfast.wire.log.NewEpoch;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Time;
import holdfast.wire.transport.FailureCodec;
import holdfast.wire.transport.Service;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The locking service of one member. While it leads, it grants, renews and ends; else it answers
 * NOT_LEADER. On gaining leadership it commits its epoch before its first answer and starts with an
 * empty table (rule 4b), which the clients fill by claiming.
 */
public final class LockingService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LockingService.class);

    /** Sweeps in one session time. */
    private static final int SWEEPS = 20;

    private final ReplicatedLog log;
    private final LockingState state;
    private final Clock clock;
    private final Ticker ticker;
    private final Settings settings;
    private final Tokens tokens;
    private final Supplier<Administrators> administrators;
    private final Turns turns = new Turns();
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Set while a sweep runs, so that there is one at a time. */
    private final AtomicBoolean sweeping = new AtomicBoolean();

    /**
     * @param log of the locking group, whose state machine is {@code state}
     * @param seal the cell's, once the directory server has told the cell's key
     * @param administrators of the cell, as the directory server tells
     */
    public LockingService(
            ReplicatedLog log,
            LockingState state,
            Supplier<Optional<TokenSeal>> seal,
            Supplier<Administrators> administrators,
            Clock clock,
            Ticker ticker,
            Settings settings) {
        this.log = log;
        this.state = state;
        this.clock = clock;
        this.ticker = ticker;
        this.settings = settings;
        this.tokens = new Tokens(seal);
        this.administrators = administrators;
    }

    /** Follows leadership and ends silent sessions from now on, until {@link #close}. */
    public LockingService start() {
        log.onLeadership(new ReplicatedLog.Leadership() {
            @Override
            public void gained(long term) {
                Thread.ofVirtual().name("locking-takeover-" + term).start(() -> takeOver(term));
            }

            @Override
            public void lost() {
                turns.end();
            }
        });
        Thread.ofVirtual().name("locking-sweep").start(this::sweepUntilClosed);
        return this;
    }

    /** What a server answers as the locking service. */
    public Service service() {
        SessionCalls sessions = new SessionCalls(this, state, tokens);
        LockCalls locks = new LockCalls(this, state, tokens);
        return Service.of(Role.LOCKING, log::leadingTerm)
                .on(LockingMethods.OPEN_SESSION, Callers.known(sessions::open))
                .on(LockingMethods.SESSION_HEARTBEAT, Callers.known(sessions::heartbeat))
                .on(LockingMethods.CLOSE_SESSION, Callers.known(sessions::close))
                .on(LockingMethods.CLAIM, Callers.known(sessions::claim))
                .on(LockingMethods.ACQUIRE, Callers.known(locks::acquire))
                .on(LockingMethods.CANCEL_ACQUIRE, Callers.known(locks::cancel))
                .on(LockingMethods.RELEASE, Callers.known(locks::release))
                .on(LockingMethods.REPORT_RAISED, Callers.known(locks::raised))
                .on(LockingMethods.LIST_LOCKS, Callers.known(locks::list))
                .on(
                        LockingMethods.BREAK_LOCK,
                        Administrators.only(administrators, "break locks", locks::breakLock))
                .on(LockingMethods.LOCKING_STATUS, Callers.known(locks::status))
                .build();
    }

    @Override
    public void close() {
        closing.countDown();
        turns.end();
    }

    Ticker ticker() {
        return ticker;
    }

    Settings settings() {
        return settings;
    }

    /** The turn in which this member leads, confirmed after the call came. */
    Turn turn(Deadline deadline) {
        return turns.of(log.confirmLeadership(deadline), deadline);
    }

    /** NOT_LEADER unless {@code turn} is still the one: nothing granted in it may be answered. */
    void confirm(Turn turn, Deadline deadline) {
        if (log.confirmLeadership(deadline) != turn.term()) {
            throw FailureException.of(
                    FailureCode.NOT_LEADER, "this locking server does not lead any more");
        }
    }

    LockingOutcome commit(LockingCommand.Builder command, Deadline deadline) {
        Instant now = clock.instant();
        command.setTime(Time.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()));
        try {
            LockingOutcome outcome =
                    LockingOutcome.parseFrom(log.propose(command.build().toByteString(), deadline));
            if (outcome.hasFailure()) {
                throw new FailureException(FailureCodec.decode(outcome.getFailure()));
            }
            return outcome;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the locking state answered what can't be read", e);
        }
    }

    /** Commits the end of these sessions, then frees their locks. */
    void endSessions(Turn turn, List<Long> sessions, Deadline deadline) {
        commit(
                LockingCommand.newBuilder()
                        .setEndSessions(EndSessions.newBuilder().addAllSessions(sessions)),
                deadline);
        turn.ended(sessions);
        turn.openWhenDue();
    }

    private void takeOver(long term) {
        while (log.leadingTerm() == term && closing.getCount() > 0) {
            try {
                NewEpoch epoch =
                        NewEpoch.newBuilder().setWallMillis(clock.millis()).build();
                commit(LockingCommand.newBuilder().setNewEpoch(epoch), ownDeadline());
                Turn turn = new Turn(term, state.sessions(), ticker, settings.sessionTime());
                turns.begin(turn, () -> log.leadingTerm() == term);
                return;
            } catch (FailureException e) {
                LOG.info("taking over the locks has to be tried again: {}", e.getMessage());
                pause();
            }
        }
    }

    private void sweepUntilClosed() {
        while (!pause()) {
            try {
                sweep();
            } catch (FailureException e) {
                LOG.info("sessions could not be ended yet: {}", e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("ending silent sessions failed", e);
            }
        }
    }

    /** Ends silent sessions, opens a table whose time has come, wakes who waited long enough. */
    void sweep() {
        Optional<Turn> current = turns.current();
        if (current.isEmpty() || !sweeping.compareAndSet(false, true)) {
            return;
        }
        try {
            Turn turn = current.get();
            state.sessions().live().keySet().forEach(turn::added);
            List<Long> lapsed = turn.lapsed();
            if (!lapsed.isEmpty()) {
                LOG.info("{} lock sessions ended: no heartbeat came", lapsed.size());
                endSessions(turn, lapsed, ownDeadline());
            }
            turn.openWhenDue();
        } finally {
            sweeping.set(false);
        }
    }

    private Deadline ownDeadline() {
        return Deadline.in(settings.commitTime(), ticker);
    }

    /** Waits a moment; whether this is closed. */
    private boolean pause() {
        try {
            long nanos = settings.sessionTime().toNanos() / SWEEPS;
            return closing.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
