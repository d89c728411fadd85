package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import holdfast.server.replication.ReplicatedLog;
import holdfast.server.replication.StateMachine;
import holdfast.testkit.simulation.RunningProcess;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntConsumer;

/**
 * A running member of a {@link LogGroup}: Raft, as small as it can be (Ongaro and Ousterhout 2014,
 * figure 2; §6.4 for the lease). Members never vote within the least election timeout after they
 * heard a leader, so a leader that a majority heard knows for nine tenths of that time that there
 * is no other. An entry counts on a member when that member's disk has synced it, and is applied
 * there only then.
 */
final class LogMember {
    private static final Duration TICK = Duration.ofMillis(100);
    private static final long ELECTION_NANOS = Duration.ofMillis(600).toNanos();
    private static final long LEASE_NANOS = ELECTION_NANOS * 9 / 10;
    /** How much longer than an election a leader may go on that nobody answers. */
    private static final int LONELY_ELECTIONS_MAX = 8;

    private static final int CHECKPOINT_ONE_IN = 16;

    /** A new member acknowledges, and counts for nothing yet. */
    private static final int NOT_COUNTED = -2;

    private final LogGroup group;
    private final int number;
    private final RunningProcess process;
    private final StateMachine machine;
    private final LogDisk disk;
    private final LogCalls calls;
    private final LinkedBlockingQueue<Boolean> applyNow = new LinkedBlockingQueue<>();

    private boolean leads;
    private boolean closed;
    private long waits;
    private long heard;
    private long patience;
    private long loneliness;
    private int votes;
    private int committed = -1;
    private int applied;
    private int[] next = {};
    private int[] matched = {};
    private int[] lives = {};
    private long[] acknowledged = {};
    private long readyTerm;
    private int toCatchUp = -1;
    private boolean caughtUp;

    /** A leader's message. */
    private record Append(
            int from,
            long term,
            int previous,
            long previousTerm,
            List<LogDisk.Entry> entries,
            int committed,
            long sent) {}

    LogMember(LogGroup group, int number, RunningProcess process, StateMachine machine) {
        this.group = group;
        this.number = number;
        this.process = process;
        this.machine = machine;
        this.disk = group.disk(number);
        this.calls = new LogCalls(this);
        this.heard = now();
        this.waits = now();
        this.patience = group.size() == 1 ? 0 : newPatience();
        disk.crash(group.random());
        disk.checkpoint().ifPresent(made -> machine.restore(made.folder()));
        this.applied = (int) machine.applied().index() + 1;
        if (applied > disk.size()) {
            group.witness().wrong("a state holds entry " + (applied - 1) + ", which its log lost");
        }
        group.joined(this);
        process.thread("applier", this::applyAlways).start();
        tick();
    }

    int number() {
        return number;
    }

    RunningProcess process() {
        return process;
    }

    /** What the service above it calls. */
    ReplicatedLog log() {
        return calls;
    }

    private long now() {
        return process.host().nanos();
    }

    private long newPatience() {
        return ELECTION_NANOS + group.random().nextLong(ELECTION_NANOS);
    }

    // ---- elections -----------------------------------------------------------------------------

    private void tick() {
        if (closed) {
            return;
        }
        if (leads) {
            checkQuorum();
        }
        if (leads) {
            sendAll();
        } else if (now() - waits > patience) {
            stand();
        }
        process.after(TICK, this::tick);
    }

    private void checkQuorum() {
        if (group.size() > 1 && now() - leaseStart() > loneliness) {
            follow(disk.term());
        }
    }

    private void stand() {
        if (disk.isFresh()) {
            return;
        }
        group.stood(disk.term() + 1);
        disk.term(disk.term() + 1);
        disk.vote(disk.term());
        waits = now();
        patience = newPatience();
        votes = 1;
        long term = disk.term();
        int last = disk.synced() - 1;
        long lastTerm = disk.termAt(last);
        others(other ->
                group.send(number, other, member -> member.asked(number, term, last, lastTerm)));
        elected(term);
    }

    private void asked(int candidate, long term, int last, long lastTerm) {
        if (leads || now() - heard < ELECTION_NANOS) {
            return;
        }
        if (disk.isFresh()) {
            return;
        }
        if (term > disk.term()) {
            follow(term);
        }
        int mine = disk.synced() - 1;
        long mineTerm = disk.termAt(mine);
        boolean current = lastTerm > mineTerm || (lastTerm == mineTerm && last >= mine);
        if (term == disk.term() && current && !disk.votedIn(term)) {
            disk.vote(term);
            waits = now();
            group.send(number, candidate, member -> member.voted(term));
        }
    }

    private void voted(long term) {
        if (!leads && term == disk.term()) {
            votes++;
            elected(term);
        }
    }

    private void elected(long term) {
        if (votes < group.majority() || term != disk.term()) {
            return;
        }
        leads = true;
        group.elected(term);
        loneliness = (2 + group.random().nextInt(LONELY_ELECTIONS_MAX)) * ELECTION_NANOS;
        next = new int[group.size()];
        matched = new int[group.size()];
        lives = new int[group.size()];
        acknowledged = new long[group.size()];
        disk.truncate(disk.synced());
        for (int i = 0; i < group.size(); i++) {
            next[i] = disk.size();
            matched[i] = -1;
            acknowledged[i] = now() - 4 * ELECTION_NANOS;
        }
        others(i -> acknowledged[i] = now() - ELECTION_NANOS);
        append(new LogDisk.Entry(term, List.of()));
    }

    private void follow(long term) {
        disk.term(Math.max(term, disk.term()));
        if (!leads) {
            return;
        }
        leads = false;
        readyTerm = 0;
        waits = now();
        calls.lost();
    }

    private void others(IntConsumer action) {
        for (int i = 0; i < group.size(); i++) {
            if (i != number) {
                action.accept(i);
            }
        }
    }

    // ---- entries -------------------------------------------------------------------------------

    void append(LogDisk.Entry entry) {
        disk.append(entry);
        sendAll();
        syncSoon(() -> {});
    }

    private void syncSoon(Runnable then) {
        int size = disk.size();
        long term = disk.term();
        process.after(group.syncTime(number), () -> {
            if (term == disk.term()) {
                disk.sync(size);
                then.run();
                if (leads) {
                    matched[number] = Math.max(matched[number], size - 1);
                    commit();
                }
                applyCommitted();
            }
        });
    }

    private void sendAll() {
        others(i -> {
            int previous = next[i] - 1;
            List<LogDisk.Entry> entries = new ArrayList<>();
            for (int at = next[i]; at < disk.size(); at++) {
                entries.add(disk.entry(at));
            }
            Append message = new Append(
                    number,
                    disk.term(),
                    previous,
                    disk.termAt(previous),
                    entries,
                    committed,
                    now());
            group.send(number, i, member -> member.take(message));
        });
        if (group.size() == 1) {
            confirm();
        }
    }

    private void take(Append message) {
        if (message.term() < disk.term()) {
            long term = disk.term();
            group.send(number, message.from(), member -> member.refused(term));
            return;
        }
        follow(message.term());
        heard = now();
        waits = now();
        boolean fits = message.previous() < disk.size()
                && disk.termAt(message.previous()) == message.previousTerm();
        if (!fits) {
            int size = Math.min(disk.size(), message.previous());
            reply(message, -1, size);
            return;
        }
        int at = message.previous() + 1;
        for (LogDisk.Entry entry : message.entries()) {
            if (at < disk.size() && disk.termAt(at) != entry.term()) {
                disk.truncate(at);
            }
            if (at >= disk.size()) {
                disk.append(entry);
            }
            at++;
        }
        int end = at - 1;
        committed = Math.max(committed, Math.min(message.committed(), end));
        if (toCatchUp < 0) {
            toCatchUp = message.committed();
        }
        syncSoon(() -> {
            group.takeIn(disk);
            reply(message, end, end + 1);
        });
    }

    private void reply(Append message, int match, int nextWanted) {
        int counted = disk.isFresh() ? NOT_COUNTED : match;
        int life = disk.life();
        group.send(
                number,
                message.from(),
                member -> member.acknowledged(
                        number, life, message.term(), counted, nextWanted, message.sent()));
    }

    private void refused(long term) {
        if (term > disk.term()) {
            follow(term);
        }
    }

    private void acknowledged(int from, int life, long term, int match, int nextWanted, long sent) {
        if (!leads || term != disk.term() || life < lives[from]) {
            return;
        }
        if (life > lives[from]) {
            lives[from] = life;
            matched[from] = -1;
            acknowledged[from] = now() - 4 * ELECTION_NANOS;
        }
        if (match == NOT_COUNTED) {
            next[from] = nextWanted;
            return;
        }
        acknowledged[from] = Math.max(acknowledged[from], sent);
        matched[from] = Math.max(matched[from], match);
        next[from] = Math.max(matched[from] + 1, nextWanted);
        commit();
        confirm();
    }

    private void confirm() {
        if (readyTerm != 0 && hasLease()) {
            calls.confirmed(readyTerm);
        }
    }

    private void commit() {
        for (int at = disk.size() - 1; at > committed; at--) {
            int holders = 0;
            for (int match : matched) {
                holders += match >= at ? 1 : 0;
            }
            if (holders >= group.majority() && disk.termAt(at) == disk.term()) {
                committed = at;
                group.committed(at);
                applyCommitted();
                return;
            }
        }
    }

    /** What is committed and on this disk, by a thread that may wait for readers. */
    private void applyCommitted() {
        if (applyNow.isEmpty()) {
            applyNow.add(true);
        }
    }

    private void applyAlways() {
        try {
            while (applyNow.take()) {
                apply();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void apply() {
        while (!closed && applied <= committed && applied < disk.synced()) {
            LogDisk.Entry entry = disk.entry(applied);
            int index = applied;
            applied++;
            if (entry.commands().isEmpty()) {
                machine.skip(entry.term(), index);
                group.witness().applied(index, entry.term(), List.of(), List.of());
                ready(entry.term());
            } else {
                List<ByteString> outcomes = machine.apply(entry.term(), index, entry.commands());
                group.witness().applied(index, entry.term(), entry.commands(), outcomes);
                calls.applied(index, entry.term(), outcomes);
            }
            checkpointSometimes(index);
        }
    }

    private void checkpointSometimes(int index) {
        if (group.random().nextInt(CHECKPOINT_ONE_IN) == 0) {
            LogDisk.Checkpoint made = new LogDisk.Checkpoint(index, group.freshCheckpoint());
            machine.checkpoint(made.folder());
            disk.checkpoint(made);
        }
    }

    private void ready(long term) {
        if (leads && term == disk.term()) {
            readyTerm = term;
            calls.gained(term);
        }
    }

    // ---- for the calls of the service above ----------------------------------------------------

    /** The term in which it leads and has applied all of before; 0: it does not. */
    long readyTerm() {
        return closed ? 0 : readyTerm;
    }

    boolean leads() {
        return leads;
    }

    long term() {
        return disk.term();
    }

    /** It says under its lease that it leads. */
    void confirmed(long term) {
        group.confirmed(term);
    }

    /** The index of the next entry. */
    int nextIndex() {
        return disk.size();
    }

    /** Whether no other can have been elected yet. */
    boolean hasLease() {
        return now() - leaseStart() < LEASE_NANOS;
    }

    /** When the latest messages were sent that a majority has answered. */
    private long leaseStart() {
        if (group.size() == 1) {
            return now();
        }
        long[] times = acknowledged.clone();
        times[number] = now();
        Arrays.sort(times);
        return times[group.size() - group.majority()];
    }

    /** Whether it has applied what was committed when it started. */
    boolean caughtUp() {
        caughtUp |= readyTerm != 0 || (toCatchUp >= 0 && applied > toCatchUp);
        return caughtUp;
    }

    Random random() {
        return group.random();
    }

    void close() {
        follow(disk.term());
        closed = true;
    }
}
