package holdfast.server.replication;

import com.google.protobuf.ByteString;

import holdfast.model.time.Deadline;

/** One replica group's log, as the member in this process sees it. Safe for many threads. */
public interface ReplicatedLog extends AutoCloseable {
    /**
     * Proposes a command and waits until it is durable on a majority and applied here; the outcome
     * is the state machine's. Commands that wait together share an entry.
     *
     * <p>Failures: NOT_LEADER, UNAVAILABLE (closed, stopped for good, too many wait), NO_SPACE
     * (stopped for it), TIMED_OUT and CANCELLED (gave up before it was sent), LIMIT (too large):
     * nothing was done. INDETERMINATE: the deadline came, leadership was lost or the log stopped
     * after it was sent.
     */
    ByteString propose(ByteString command, Deadline deadline);

    /**
     * The term in which this member leads, confirmed under the leader's lease after the call came
     * (rule 2). NOT_LEADER when it does not, or can't tell before the deadline.
     */
    long confirmLeadership(Deadline deadline);

    /**
     * Calls {@code listener} at each change of leadership from now on, and now when this member
     * leads already.
     */
    void onLeadership(Leadership listener);

    /** The term in which this member leads as far as it knows, unconfirmed; 0 when it follows. */
    long leadingTerm();

    /**
     * Whether the state here has, as far as is known, all that was committed before this member
     * started; once true, for ever.
     */
    default boolean caughtUp() {
        return leadingTerm() != 0;
    }

    /** How many entries were proposed here since the start. */
    long proposals();

    @Override
    void close();

    /** Told of leadership, on a thread of its own, one call after the other. It may propose. */
    interface Leadership {
        /**
         * This member leads from now on, in {@code term}; everything committed before is applied.
         */
        void gained(long term);

        /** It does not lead any more. */
        void lost();
    }
}
