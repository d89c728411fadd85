package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import holdfast.testkit.simulation.Host;
import holdfast.testkit.simulation.World;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** The members of one simulated group: their hosts, disks, and those that run. */
final class LogGroup {
    private final World world;
    private final String name;
    private static final int SYNC_MICROS_MAX = 3_000;
    private static final int SLOW_SYNC_MICROS_MAX = 400_000;

    private final Path checkpoints;
    private final List<Host> hosts = new ArrayList<>();
    private final List<LogDisk> disks = new ArrayList<>();
    private final List<LogMember> running = new ArrayList<>();
    private final Witness witness;
    private final Set<Integer> slowDisks = new HashSet<>();
    private int made;
    private int committed = -1;
    private long lastTerm;
    private long lastElected;

    /** Sees what members do. */
    interface Witness {
        /** Each entry that a member applies. */
        void applied(int index, long term, List<ByteString> commands, List<ByteString> outcomes);

        /** Something that no group of members does. */
        void wrong(String what);
    }

    LogGroup(World world, String name, Path checkpoints, List<Host> hosts, Witness witness) {
        this.witness = witness;
        this.world = world;
        this.name = name;
        this.checkpoints = checkpoints;
        this.hosts.addAll(hosts);
        hosts.forEach(host -> disks.add(new LogDisk()));
    }

    String name() {
        return name;
    }

    int size() {
        return hosts.size();
    }

    int majority() {
        return hosts.size() / 2 + 1;
    }

    /** Whether a member may lose its disk: a majority of the others is left, and all are whole. */
    boolean canLose(int member) {
        return size() > 2 && disks.stream().noneMatch(LogDisk::isFresh);
    }

    /** A member knows that entries up to this one are committed. */
    void committed(int index) {
        committed = Math.max(committed, index);
    }

    /** Somebody stands in a term. */
    void stood(long term) {
        lastTerm = Math.max(lastTerm, term);
    }

    /** A majority voted for somebody in a term. */
    void elected(long term) {
        lastElected = Math.max(lastElected, term);
    }

    /** A member answers under its lease, which says that nobody was elected after it. */
    void confirmed(long term) {
        if (term < lastElected) {
            witness.wrong("a leader of " + name + " answered after another was elected");
        }
    }

    /** Takes a new member in, once it has all that is committed (rule 6c). */
    void takeIn(LogDisk disk) {
        if (disk.isFresh() && disk.synced() > committed) {
            disk.takenIn(lastTerm);
        }
    }

    /** The member that leads as far as it knows, in the newest term. */
    Optional<Integer> leader() {
        return running.stream()
                .filter(member -> member.leads() && member.process().isAlive())
                .max(Comparator.comparingLong(LogMember::term))
                .map(LogMember::number);
    }

    Witness witness() {
        return witness;
    }

    Random random() {
        return world.random();
    }

    Host host(int member) {
        return hosts.get(member);
    }

    LogDisk disk(int member) {
        return disks.get(member);
    }

    /** From now on the member's disk takes long to sync, or not. */
    void slowDisk(int member, boolean isSlow) {
        if (isSlow) {
            slowDisks.add(member);
        } else {
            slowDisks.remove(member);
        }
    }

    /** How long the next sync of the member's disk takes. */
    Duration syncTime(int member) {
        int most = slowDisks.contains(member) ? SLOW_SYNC_MICROS_MAX : SYNC_MICROS_MAX;
        return Duration.ofNanos(1_000L * (1 + random().nextInt(most)));
    }

    Path freshCheckpoint() {
        made++;
        return checkpoints.resolve(name + "-" + made);
    }

    /** A member's process has started. */
    void joined(LogMember member) {
        running.removeIf(old -> old.number() == member.number());
        running.add(member);
    }

    /** Lets the member that runs there, if one does, take a message. */
    void send(int from, int to, java.util.function.Consumer<LogMember> message) {
        world.network()
                .send(
                        hosts.get(from),
                        hosts.get(to),
                        () -> running.stream()
                                .filter(member -> member.number() == to)
                                .findFirst()
                                .ifPresent(member ->
                                        member.process().execute(() -> message.accept(member))));
    }
}
