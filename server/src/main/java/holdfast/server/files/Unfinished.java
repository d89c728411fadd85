package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.callback.Callbacks.Change;
import holdfast.server.replication.ReplicatedLog;
import holdfast.wire.log.VolumeCommand;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Brings changes to their end whose asker was told that the outcome is unknown. One that may or may
 * not be in the log is proposed again, the same command with the same number: so it is known to be
 * applied, once, and its breaks can be sent. Until then it stays marked, and nothing that it
 * touches is promised. When this member does not lead any more, all this is the next leader's.
 */
final class Unfinished {
    private static final Logger LOG = LoggerFactory.getLogger(Unfinished.class);
    private static final int MOST = 1_024;
    private static final Duration TRY = Duration.ofSeconds(30);

    private final ReplicatedLog log;
    private final Duration breaks;
    private final Ticker ticker;
    private final Semaphore room = new Semaphore(MOST);

    /** Breaks are acknowledged, or leases over, within two of {@code lease} and a second. */
    Unfinished(ReplicatedLog log, Duration lease, Ticker ticker) {
        this.log = log;
        this.breaks = lease.multipliedBy(2).plusSeconds(5);
        this.ticker = ticker;
    }

    /** Does the rest on a thread of its own, or on this one when too many are at it. */
    void finish(Change change, VolumeCommand command, boolean applied, Runnable end) {
        Runnable rest = () -> {
            try {
                complete(change, command, applied);
            } finally {
                end.run();
            }
        };
        if (room.tryAcquire()) {
            Thread.ofVirtual().name("unfinished").start(() -> {
                try {
                    rest.run();
                } finally {
                    room.release();
                }
            });
        } else {
            rest.run();
        }
    }

    private void complete(Change change, VolumeCommand command, boolean applied) {
        try {
            if (!applied && !propose(change, command)) {
                return;
            }
            change.awaitOthers(Deadline.in(breaks, ticker));
        } catch (FailureException e) {
            LOG.info("a change whose asker was not answered: {}", e.getMessage());
        }
    }

    /** Whether it is applied now, and its breaks are under way. */
    private boolean propose(Change change, VolumeCommand command) {
        while (log.leadingTerm() == change.term()) {
            try {
                var bytes = log.propose(command.toByteString(), Deadline.in(TRY, ticker));
                change.applied(Changes.outcome(bytes).getBrokenList());
                return true;
            } catch (FailureException e) {
                if (e.code() != FailureCode.INDETERMINATE && e.code() != FailureCode.TIMED_OUT) {
                    throw e;
                }
            }
        }
        return false;
    }
}
