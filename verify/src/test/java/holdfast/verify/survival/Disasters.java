package holdfast.verify.survival;

import holdfast.verify.processes.Machines.Machine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Faults of all kinds, one at a time, each of which a minority of the members suffers; but for want
 * of room, which all file servers may suffer. All kinds come before one comes again.
 */
final class Disasters {
    /** By hand: only these kinds. */
    private static final List<Kind> KINDS = Stream.of(
                    System.getProperty("holdfast.survival.kinds", "").split(","))
            .filter(word -> !word.isEmpty())
            .map(Kind::valueOf)
            .collect(Collectors.collectingAndThen(
                    Collectors.toList(),
                    named -> named.isEmpty() ? List.of(Kind.values()) : List.copyOf(named)));

    private static final Duration NO_TIME = Duration.ZERO;
    /** So long that somebody tries to store. */
    private static final Duration AT_LEAST = Duration.ofSeconds(3);
    /** Less than the file servers keep for themselves. */
    private static final long ROOM_LEFT = 40L << 20;

    private final MachinesCell cell;
    private final Clients clients;
    private final CopiedLogs logs;
    private final Random random;
    private final List<Kind> coming = new ArrayList<>();

    /** A kind of fault. */
    enum Kind {
        /** SIGKILL, and started again. */
        DIRECTORY_LEADER_KILLED,
        LOCKING_LEADER_KILLED,
        FILES_LEADER_KILLED,
        SERVER_KILLED,
        MACHINE_KILLED,
        CLIENTS_KILLED,
        /** SIGSTOP for up to longer than leases and sessions. */
        LEADER_PAUSED,
        SERVER_PAUSED,
        /** A machine without its network. */
        UNPLUGGED,
        /** Two machines that do not reach each other. */
        PARTED,
        /** A machine whose messages to another one are lost, while it hears that one. */
        UNHEARD,
        /** Others took all the room on a server's disk. */
        DISK_FULL,
        /** No file server has room for stores. */
        NO_ROOM,
        /** A member is let go, and another one joins. */
        MEMBER_REPLACED,
        /** A member lost its folder, and comes back with an empty one. */
        MEMBER_WIPED,
        /** All servers are stopped and started, one by one. */
        ROLLING_RESTART
    }

    /** A fault under way: what it is, how long it lasts, and how it ends. */
    record Fault(String kind, String what, Duration lasts, Runnable end) {}

    Disasters(MachinesCell cell, Clients clients, CopiedLogs logs, Random random) {
        this.cell = cell;
        this.clients = clients;
        this.logs = logs;
        this.random = random;
    }

    /** Begins the next one. */
    Fault strike() {
        if (coming.isEmpty()) {
            coming.addAll(KINDS);
            Collections.shuffle(coming, random);
        }
        Kind kind = coming.removeLast();
        Fault fault = strike(kind);
        return new Fault(kind.toString(), fault.what, fault.lasts, fault.end);
    }

    private Fault strike(Kind kind) {
        return switch (kind) {
            case DIRECTORY_LEADER_KILLED -> kill(List.of(cell.leader(Service.DIRECTORY)));
            case LOCKING_LEADER_KILLED -> kill(List.of(cell.leader(Service.LOCKING)));
            case FILES_LEADER_KILLED -> kill(List.of(cell.leader(Service.FILES)));
            case SERVER_KILLED -> kill(List.of(one(cell.servers())));
            case MACHINE_KILLED -> {
                Machine machine = serving();
                yield kill(cell.servers().stream()
                        .filter(server -> server.machine().equals(machine))
                        .toList());
            }
            case CLIENTS_KILLED -> killClients(random.nextInt(Clients.PROCESSES));
            case LEADER_PAUSED -> pause(cell.leader(one(List.of(Service.values()))));
            case SERVER_PAUSED -> pause(one(cell.servers()));
            case UNPLUGGED -> unplug(one(cell.machines().all()));
            case PARTED -> part(serving(), one(cell.machines().all()));
            case UNHEARD -> loses(serving(), one(cell.machines().all()));
            case DISK_FULL -> fill(one(cell.servers()));
            case NO_ROOM -> takeRoom();
            case MEMBER_REPLACED -> replace(one(cell.servers()));
            case MEMBER_WIPED -> wipe(one(cell.servers()));
            case ROLLING_RESTART ->
                new Fault(
                        "", "restarted all", NO_TIME, () -> cell.servers().forEach(this::restart));
        };
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private Machine serving() {
        return cell.machines().machine(1 + random.nextInt(MachinesCell.SERVERS));
    }

    private Duration upTo(int seconds) {
        return Duration.ofMillis(200 + random.nextInt(seconds * 1_000));
    }

    private Fault kill(List<Server> servers) {
        servers.forEach(server -> server.process().kill());
        return new Fault(
                "", "killed " + servers, upTo(4), () -> servers.forEach(Server::startAgain));
    }

    private Fault killClients(int which) {
        clients.kill(which);
        return new Fault("", "killed clients " + which, upTo(4), () -> clients.startAgain(which));
    }

    private Fault pause(Server server) {
        server.process().pause();
        return new Fault(
                "", "paused " + server, upTo(15), () -> server.process().goOn());
    }

    private Fault unplug(Machine machine) {
        machine.unplug();
        return new Fault("", "unplugged " + machine, upTo(14), machine::plug);
    }

    private Fault part(Machine one, Machine other) {
        Machine another = one.equals(other) ? cell.machines().all().getLast() : other;
        one.loses(another);
        another.loses(one);
        return new Fault("", "parted " + one + " from " + another, upTo(14), () -> {
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
        return new Fault("", to + " does not hear " + from, upTo(14), () -> from.reaches(to));
    }

    private Fault fill(Server server) {
        server.disk().fill();
        return new Fault("", "filled the disk of " + server, upTo(10), () -> {
            server.disk().makeRoom();
            cell.awaitWholeReviving();
        });
    }

    private Fault takeRoom() {
        List<Server> servers = cell.servers(Service.FILES);
        servers.forEach(server -> server.disk().leave(ROOM_LEFT));
        return new Fault("", "left no room for files", AT_LEAST.plus(upTo(7)), () -> {
            servers.forEach(server -> server.disk().makeRoom());
            cell.awaitWholeReviving();
        });
    }

    private Fault replace(Server server) {
        cell.awaitWhole();
        cell.done("members", "remove", server.address(), "--timeout", "90s");
        return new Fault("", "removed " + server, upTo(4), () -> {
            server.process().awaitEnd();
            joinAnew(server);
        });
    }

    private Fault wipe(Server server) {
        cell.awaitWhole();
        String id = cell.member(server).id();
        server.process().kill();
        return new Fault("", "wiped " + server, upTo(4), () -> {
            joinAnew(server);
            cell.done("members", "remove", id, "--timeout", "90s");
            cell.awaitWhole();
        });
    }

    private void joinAnew(Server server) {
        logs.copyAll(server);
        server.wipe();
        cell.join(server);
    }

    private void restart(Server server) {
        cell.awaitWhole();
        server.stop();
        server.startAgain();
    }
}
