package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.replication.ReplicatedLog;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The calls of the service above a {@link LogMember}: what waits to be proposed, or confirmed. */
final class LogCalls implements ReplicatedLog {
    private static final int TOGETHER_NANOS_MAX = 300_000;

    private static final int REPEATED_ONE_IN = 16;
    private static final int REPEATED_NANOS_MAX = 30_000_000;

    private final LogMember member;
    private final LogNews news;
    private final Map<Integer, Proposed> proposed = new HashMap<>();
    private final List<CompletableFuture<Long>> confirming = new ArrayList<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private long proposals;

    /** What waits for its entry to be applied. */
    private record Proposed(long term, List<CompletableFuture<ByteString>> outcomes) {}

    private record Waiting(ByteString command, CompletableFuture<ByteString> outcome) {}

    LogCalls(LogMember member) {
        this.member = member;
        this.news = new LogNews(member.process());
    }

    // ---- what happens at the member ------------------------------------------------------------

    void gained(long term) {
        news.gained(term);
    }

    void lost() {
        news.lost();
        proposed.values().forEach(entry -> entry.outcomes().forEach(LogCalls::unknown));
        proposed.clear();
        waiting.forEach(one -> one.outcome().completeExceptionally(notLeader()));
        waiting.clear();
        confirming.forEach(one -> one.completeExceptionally(notLeader()));
        confirming.clear();
    }

    void confirmed(long term) {
        member.confirmed(term);
        confirming.forEach(one -> one.complete(term));
        confirming.clear();
    }

    void applied(int index, long term, List<ByteString> outcomes) {
        Proposed mine = proposed.remove(index);
        if (mine == null) {
            return;
        }
        for (int i = 0; i < mine.outcomes().size(); i++) {
            if (mine.term() == term) {
                mine.outcomes().get(i).complete(outcomes.get(i));
            } else {
                unknown(mine.outcomes().get(i));
            }
        }
    }

    @Override
    public ByteString propose(ByteString command, Deadline deadline) {
        deadline.check("the change");
        if (member.readyTerm() == 0) {
            throw notLeader();
        }
        Waiting mine = new Waiting(command, new CompletableFuture<>());
        waiting.add(mine);
        proposals++;
        // What comes within this time shares the entry.
        member.process()
                .after(
                        Duration.ofNanos(member.random().nextInt(TOGETHER_NANOS_MAX)),
                        this::appendWaiting);
        return outcome(mine, deadline);
    }

    private void appendWaiting() {
        if (!member.leads() || waiting.isEmpty()) {
            return;
        }
        List<ByteString> commands = waiting.stream().map(Waiting::command).toList();
        proposed.put(
                member.nextIndex(),
                new Proposed(
                        member.term(), waiting.stream().map(Waiting::outcome).toList()));
        waiting.clear();
        member.append(new LogDisk.Entry(member.term(), commands));
        if (member.random().nextInt(REPEATED_ONE_IN) == 0) {
            repeat(member.term(), commands);
        }
    }

    /** The engine does not know that it has appended this before. */
    private void repeat(long term, List<ByteString> commands) {
        long nanos = member.random().nextInt(REPEATED_NANOS_MAX);
        member.process().after(Duration.ofNanos(nanos), () -> {
            if (member.leads() && member.term() == term) {
                member.append(new LogDisk.Entry(term, commands));
            }
        });
    }

    private ByteString outcome(Waiting mine, Deadline deadline) {
        try {
            return mine.outcome().get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FailureException failure) {
                throw new FailureException(failure.failure(), failure);
            }
            throw new IllegalStateException(e);
        } catch (TimeoutException e) {
            throw gaveUp(mine, FailureCode.TIMED_OUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw gaveUp(mine, FailureCode.CANCELLED);
        }
    }

    private FailureException gaveUp(Waiting mine, FailureCode whenNotSent) {
        return FailureException.of(
                waiting.remove(mine) ? whenNotSent : FailureCode.INDETERMINATE,
                "the command was not committed in time");
    }

    @Override
    public long confirmLeadership(Deadline deadline) {
        long term = member.readyTerm();
        if (term == 0) {
            throw notLeader();
        }
        if (member.hasLease()) {
            member.confirmed(term);
            return term;
        }
        CompletableFuture<Long> confirmed = new CompletableFuture<>();
        confirming.add(confirmed);
        try {
            return confirmed.get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw notLeader();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "cancelled");
        }
    }

    @Override
    public void onLeadership(Leadership listener) {
        news.add(listener);
    }

    @Override
    public long leadingTerm() {
        return news.term();
    }

    @Override
    public boolean caughtUp() {
        return member.caughtUp();
    }

    @Override
    public long proposals() {
        return proposals;
    }

    @Override
    public void close() {
        member.close();
    }

    private static void unknown(CompletableFuture<ByteString> outcome) {
        outcome.completeExceptionally(FailureException.of(
                FailureCode.INDETERMINATE, "leadership was lost before the command was committed"));
    }

    private static FailureException notLeader() {
        return FailureException.of(FailureCode.NOT_LEADER, "this member does not lead its group");
    }
}
