package holdfast.server.files;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.replication.StateMachine;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeCommand.ChangeCase;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** A log of one member in memory that does to chosen commands what a test says. */
final class ScriptedLog implements ReplicatedLog {
    private final StateMachine state;
    private final ReentrantLock applying = new ReentrantLock();
    private final AtomicLong proposals = new AtomicLong();
    private final List<Plan> plans = new ArrayList<>();
    private Optional<Leadership> listener = Optional.empty();
    private volatile long leading;
    private long term;
    private long index;

    /** What is to happen to one command. */
    private record Plan(
            Predicate<VolumeCommand> which,
            Optional<Pause> before,
            Optional<Pause> after,
            boolean applied,
            boolean answered) {}

    ScriptedLog(StateMachine state) {
        this.state = state;
        this.index = Math.max(0, state.applied().index());
        this.term = Math.max(0, state.applied().term());
    }

    void lead() {
        leading = ++term;
        listener.ifPresent(each -> each.gained(term));
    }

    void follow() {
        leading = 0;
        listener.ifPresent(Leadership::lost);
    }

    private void plan(
            ChangeCase kind,
            Optional<Pause> before,
            Optional<Pause> after,
            boolean applied,
            boolean answered) {
        applying.lock();
        try {
            plans.add(new Plan(
                    command -> command.getChangeCase() == kind, before, after, applied, answered));
        } finally {
            applying.unlock();
        }
    }

    /** The next such command waits before it is applied. */
    Pause pauseBefore(ChangeCase kind) {
        Pause pause = new Pause();
        plan(kind, Optional.of(pause), Optional.empty(), true, true);
        return pause;
    }

    /** The next such command is applied, and its answer waits. */
    Pause pauseAfter(ChangeCase kind) {
        Pause pause = new Pause();
        plan(kind, Optional.empty(), Optional.of(pause), true, true);
        return pause;
    }

    /** The next such command is applied, and its answer lost. */
    void loseAnswer(ChangeCase kind) {
        plan(kind, Optional.empty(), Optional.empty(), true, false);
    }

    /** The next such command is lost, and nobody knows. */
    void loseCommand(ChangeCase kind) {
        plan(kind, Optional.empty(), Optional.empty(), false, false);
    }

    @Override
    public ByteString propose(ByteString bytes, Deadline deadline) {
        requireLeading();
        proposals.incrementAndGet();
        Plan plan = planFor(bytes);
        plan.before.ifPresent(Pause::pass);
        ByteString outcome = plan.applied ? apply(bytes) : ByteString.EMPTY;
        plan.after.ifPresent(Pause::pass);
        if (!plan.answered) {
            throw FailureException.of(FailureCode.INDETERMINATE, "no answer of the log");
        }
        return outcome;
    }

    private ByteString apply(ByteString bytes) {
        applying.lock();
        try {
            return state.apply(requireLeading(), ++index, List.of(bytes)).getFirst();
        } finally {
            applying.unlock();
        }
    }

    private Plan planFor(ByteString bytes) {
        VolumeCommand command = parse(bytes);
        applying.lock();
        try {
            for (Plan plan : plans) {
                if (plan.which.test(command)) {
                    plans.remove(plan);
                    return plan;
                }
            }
        } finally {
            applying.unlock();
        }
        return new Plan(any -> true, Optional.empty(), Optional.empty(), true, true);
    }

    private static VolumeCommand parse(ByteString bytes) {
        try {
            return VolumeCommand.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("not a command", e);
        }
    }

    private long requireLeading() {
        long now = leading;
        if (now == 0) {
            throw FailureException.of(FailureCode.NOT_LEADER, "this member follows");
        }
        return now;
    }

    @Override
    public long confirmLeadership(Deadline deadline) {
        return requireLeading();
    }

    @Override
    public void onLeadership(Leadership who) {
        listener = Optional.of(who);
        if (leading != 0) {
            who.gained(leading);
        }
    }

    @Override
    public long leadingTerm() {
        return leading;
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
