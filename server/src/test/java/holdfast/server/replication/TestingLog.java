package holdfast.server.replication;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/** A log of one member in memory, which leads when told. */
public final class TestingLog implements ReplicatedLog {
    private final ReentrantLock lock = new ReentrantLock();
    private final StateMachine state;
    private final AtomicLong proposals = new AtomicLong();
    private final AtomicLong leading = new AtomicLong();
    private Leadership listener = new Leadership() {
        @Override
        public void gained(long term) {
            // Nobody listens yet.
        }

        @Override
        public void lost() {
            // Nobody listens yet.
        }
    };
    private long term;
    private long index;
    private boolean refusing;

    /** A log over {@code state}; it follows. */
    public TestingLog(StateMachine state) {
        this.state = state;
    }

    /** Leads from now on, in a new term. */
    public void lead() {
        leading.set(++term);
        listener.gained(term);
    }

    /** Does not lead any more. */
    public void follow() {
        leading.set(0);
        listener.lost();
    }

    /** Whether proposals are refused from now on as if the majority were away. */
    public void refuse(boolean now) {
        lock.lock();
        try {
            refusing = now;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public ByteString propose(ByteString command, Deadline deadline) {
        lock.lock();
        try {
            requireLeading();
            if (refusing) {
                throw FailureException.of(FailureCode.INDETERMINATE, "no majority");
            }
            proposals.incrementAndGet();
            return state.apply(leading.get(), ++index, List.of(command)).getFirst();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long confirmLeadership(Deadline deadline) {
        return requireLeading();
    }

    private long requireLeading() {
        long now = leading.get();
        if (now == 0) {
            throw FailureException.of(FailureCode.NOT_LEADER, "this member follows");
        }
        return now;
    }

    @Override
    public void onLeadership(Leadership who) {
        listener = who;
        if (leading.get() != 0) {
            who.gained(leading.get());
        }
    }

    @Override
    public long leadingTerm() {
        return leading.get();
    }

    @Override
    public long proposals() {
        return proposals.get();
    }

    @Override
    public void close() {
        follow();
    }
}
