package holdfast.verify.survival;

import holdfast.verify.processes.Machines.Machine;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Faults of all kinds, one at a time, each of which a minority of the members suffers. */
final class Disasters {
    private final MachinesCell cell;
    private final Random random;
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);

    /** A kind of fault. */
    enum Kind {
        /** SIGKILL, and started again. */
        KILLED,
        /** SIGSTOP for up to longer than leases and sessions. */
        PAUSED,
        /** A machine without its network. */
        UNPLUGGED,
        /** Two machines that do not reach each other. */
        PARTED,
        /** A machine whose messages to another one are lost, while it hears that one. */
        UNHEARD
    }

    /** A fault under way: what it is, and how it ends. */
    record Fault(String what, Duration lasts, Runnable end) {}

    Disasters(MachinesCell cell, Random random) {
        this.cell = cell;
        this.random = random;
    }

    /** How many of each kind there were. */
    Map<Kind, Integer> counts() {
        return Map.copyOf(counts);
    }

    /** Begins the next one. */
    Fault strike() {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        counts.merge(kind, 1, Integer::sum);
        return switch (kind) {
            case KILLED -> kill(server());
            case PAUSED -> pause(server());
            case UNPLUGGED -> unplug(machine());
            case PARTED -> part(serving(), machine());
            case UNHEARD -> loses(serving(), machine());
        };
    }

    private String server() {
        List<String> all = cell.servers();
        return all.get(random.nextInt(all.size()));
    }

    private Machine machine() {
        List<Machine> all = cell.machines().all();
        return all.get(random.nextInt(all.size()));
    }

    private Machine serving() {
        return cell.machines().machine(1 + random.nextInt(MachinesCell.SERVERS));
    }

    private Duration upTo(int seconds) {
        return Duration.ofMillis(200 + random.nextInt(seconds * 1_000));
    }

    private Fault kill(String server) {
        cell.process(server).kill();
        return new Fault("killed " + server, upTo(4), () -> cell.startAgain(server));
    }

    private Fault pause(String server) {
        cell.process(server).pause();
        return new Fault(
                "paused " + server, upTo(15), () -> cell.process(server).goOn());
    }

    private Fault unplug(Machine machine) {
        machine.unplug();
        return new Fault("unplugged " + machine, upTo(14), machine::plug);
    }

    private Fault part(Machine one, Machine other) {
        Machine another = one.equals(other) ? cell.machines().all().getLast() : other;
        one.loses(another);
        another.loses(one);
        return new Fault("parted " + one + " from " + another, upTo(14), () -> {
            one.reaches(another);
            another.reaches(one);
        });
    }

    private Fault loses(Machine one, Machine other) {
        Machine another = one.equals(other) ? cell.machines().all().getLast() : other;
        boolean there = random.nextBoolean();
        Machine from = there ? one : another;
        Machine to = there ? another : one;
        from.loses(to);
        return new Fault(to + " does not hear " + from, upTo(14), () -> from.reaches(to));
    }
}
