package holdfast.verify.simulation;

import holdfast.testkit.simulation.Host;
import holdfast.testkit.simulation.Pace;
import holdfast.testkit.simulation.RunningProcess;
import holdfast.testkit.simulation.World;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Makes faults happen when their time comes, and ends them. */
final class Troubles {
    private static final int BREAKS_MAX = 8;
    private static final List<Integer> SLOW_ONE_IN = List.of(4, 30, 200);
    private static final List<Duration> STANDSTILLS = Stream.of(20, 100, 500, 2_000, 6_000, 20_000)
            .map(Duration::ofMillis)
            .toList();
    private static final int PARTS = 3;
    private static final int LOCKS_MAX = 12;
    private static final List<String> SERVER_THREADS = List.of("", "", "", "", "breaks", "locking");
    private static final List<String> CLIENT_THREADS =
            List.of("holdfast-callbacks-", "holdfast-callbacks-", "client", "holdfast-", "");

    private final World world;
    private final List<ServerNode> servers;
    private final List<ClientNode> clients;
    private final double loss;
    private int open;

    Troubles(World world, List<ServerNode> servers, List<ClientNode> clients, double loss) {
        this.world = world;
        this.servers = servers;
        this.clients = List.copyOf(clients);
        this.loss = loss;
    }

    /** Whether all that was planned has happened and ended. */
    boolean over() {
        return open == 0;
    }

    void plan(Fault fault) {
        open++;
        world.after(fault.at(), () -> happen(fault));
    }

    private void happen(Fault fault) {
        ServerNode server = server(fault);
        ClientNode client = clients.get(fault.machine() % clients.size());
        switch (fault.kind()) {
            case KILL_SERVER -> killServer(fault, server, ServerNode.Death.KILLED);
            case POWER_LOSS -> killServer(fault, server, ServerNode.Death.POWER_LOST);
            case WIPE_SERVER -> killServer(fault, server, ServerNode.Death.WIPED);
            case PAUSE_SERVER ->
                server.process().ifPresent(process -> {
                    process.pause();
                    later(fault, process::unpause);
                });
            case PAUSE_CLIENT ->
                client.process().ifPresent(process -> {
                    process.pause();
                    later(fault, process::unpause);
                });
            case SUSPEND_SERVER -> suspend(fault, server.host());
            case SUSPEND_CLIENT -> suspend(fault, client.host());
            case ISOLATE_SERVER -> isolate(fault, server.host());
            case PART_SERVER ->
                others(server).forEach(other -> {
                    cut(fault, server.host(), other);
                    cut(fault, other, server.host());
                });
            case DEAFEN_TO_LEADER_SERVER -> {
                ServerNode deaf = servers.get(fault.machine() % servers.size());
                leaderOf(deaf.role())
                        .filter(leader -> !leader.equals(deaf))
                        .ifPresent(leader -> cut(fault, leader.host(), deaf.host()));
            }
            case STALL_COPIES_SERVER ->
                others(server)
                        .forEach(other ->
                                world.network().stallAll(server.host(), other, fault.lasts()));
            case SLOW_DISK_SERVER -> {
                server.slowDisk(true);
                later(fault, () -> server.slowDisk(false));
            }
            case ISOLATE_CLIENT -> {
                if (fault.other() % 2 == 0) {
                    world.network().breakConnections(client.host());
                }
                isolate(fault, client.host());
            }
            case DEAFEN_CLIENT -> servers.forEach(each -> cut(fault, each.host(), client.host()));
            case MUTE_CLIENT -> servers.forEach(each -> cut(fault, client.host(), each.host()));
            case MUTE_FOR_LOCKS_CLIENT ->
                hosts("locking").forEach(each -> cut(fault, client.host(), each));
            case STALL_CLIENT -> stall(fault, client);
            case STALL_STORES_CLIENT ->
                hosts("files").forEach(each -> cut(fault, client.host(), each));
            case RESET_CLIENT -> reset(fault, client.host());
            case SLOW_SERVER -> slow(fault, server.process());
            case SLOW_CLIENT -> slow(fault, client.process());
            case FREEZE_SERVER -> freeze(fault, server.process(), SERVER_THREADS);
            case FREEZE_CLIENT -> freeze(fault, client.process(), CLIENT_THREADS);
            case HOLD_ANSWERS_CLIENT -> client.holdAnswers(fault.lasts());
            case KILL_CLIENT -> {
                client.kill();
                later(fault, client::start);
            }
            case POWER_LOSS_CLIENT -> {
                client.losePower();
                later(fault, client::start);
            }
            case CUT_ONE_WAY -> cutOneWay(fault);
            case BREAK_CONNECTIONS -> breakConnections(fault);
            case LOSE_PACKETS -> {
                world.network().lose(loss);
                later(fault, () -> world.network().lose(0));
            }
            case JUMP_CLOCK ->
                hosts().get(fault.machine() % hosts().size())
                        .jump(
                                fault.other() % 2 == 0
                                        ? fault.lasts()
                                        : fault.lasts().negated());
        }
        world.after(fault.lasts(), () -> open--);
    }

    /** Mostly the one that leads, or one so many after it, where one of several is meant. */
    private ServerNode server(Fault fault) {
        ServerNode named = servers.get(fault.machine() % servers.size());
        int way = fault.other();
        if (way % 3 > 0) {
            return leaderOf(named.role()).orElse(named);
        }
        return way < 0
                ? leaderOf(named.role()).map(leader -> after(leader, -way)).orElse(named)
                : named;
    }

    private ServerNode after(ServerNode leader, int places) {
        List<ServerNode> group = servers.stream()
                .filter(node -> node.role().equals(leader.role()))
                .toList();
        return group.get((group.indexOf(leader) + places) % group.size());
    }

    private Optional<ServerNode> leaderOf(String role) {
        return servers.stream()
                .filter(node -> node.role().equals(role) && node.leads())
                .findFirst();
    }

    /** All its threads, or a part of them, by their names. */
    private void slow(Fault fault, Optional<RunningProcess> process) {
        int how = fault.other();
        Duration most = STANDSTILLS.get(how % STANDSTILLS.size());
        how /= STANDSTILLS.size();
        Pace pace = new Pace(SLOW_ONE_IN.get(how % SLOW_ONE_IN.size()), most);
        int choice = how / SLOW_ONE_IN.size();
        process.ifPresent(one -> {
            one.pace(pace, name -> choice % 2 == 0 || isChosen(name, choice));
            later(fault, one::paceAsUsual);
        });
    }

    /** Requests are handled by threads without a name. */
    private static void freeze(
            Fault fault, Optional<RunningProcess> process, List<String> threads) {
        String chosen = threads.get(fault.other() % threads.size());
        int locksBefore = fault.other() / threads.size() % LOCKS_MAX;
        process.ifPresent(one -> one.freeze(
                name -> chosen.isEmpty() ? name.isEmpty() : name.startsWith(chosen),
                locksBefore,
                fault.lasts()));
    }

    private static boolean isChosen(String thread, int choice) {
        return new SplittableRandom(thread.hashCode() * (long) choice).nextInt(PARTS) == 0;
    }

    private void reset(Fault fault, Host host) {
        int times = 1 + fault.other() % BREAKS_MAX;
        for (int i = 1; i <= times; i++) {
            world.after(
                    fault.lasts().multipliedBy(i).dividedBy(times),
                    () -> world.network().breakConnections(host));
        }
    }

    private void killServer(Fault fault, ServerNode server, ServerNode.Death death) {
        server.kill(death);
        later(fault, server::start);
    }

    private void suspend(Fault fault, Host host) {
        host.suspend();
        later(fault, host::resume);
    }

    private void isolate(Fault fault, Host host) {
        for (Host other : hosts()) {
            world.network().cut(host, other);
            world.network().cut(other, host);
        }
        later(fault, () -> {
            for (Host other : hosts()) {
                world.network().heal(host, other);
                world.network().heal(other, host);
            }
        });
    }

    private void cutOneWay(Fault fault) {
        Host from = hosts().get(fault.machine() % hosts().size());
        Host to = hosts().get(fault.other() % hosts().size());
        if (!from.equals(to)) {
            cut(fault, from, to);
        }
    }

    private void cut(Fault fault, Host from, Host to) {
        world.network().cut(from, to);
        later(fault, () -> world.network().heal(from, to));
    }

    /** One direction of a connection with a file server, or now and then any server. */
    private void stall(Fault fault, ClientNode client) {
        List<Host> some = fault.other() % 4 == 0
                ? servers.stream().map(ServerNode::host).toList()
                : hosts("files");
        Host server = some.get(fault.other() / 4 % some.size());
        boolean up = fault.other() % 2 == 0;
        world.network()
                .stall(
                        up ? client.host() : server,
                        up ? server : client.host(),
                        fault.other() / 2,
                        fault.lasts());
    }

    private List<Host> others(ServerNode server) {
        return hosts(server.role()).stream()
                .filter(host -> !host.equals(server.host()))
                .toList();
    }

    private List<Host> hosts(String role) {
        return servers.stream()
                .filter(node -> node.role().equals(role))
                .map(ServerNode::host)
                .toList();
    }

    private List<Host> hosts() {
        return new ArrayList<>(Stream.concat(
                        servers.stream().map(ServerNode::host),
                        clients.stream().map(ClientNode::host))
                .toList());
    }

    /** Several, one after the other. */
    private void breakConnections(Fault fault) {
        for (int i = 0; i <= fault.other() % BREAKS_MAX; i++) {
            int number = fault.other() + 7 * i;
            world.after(
                    fault.lasts().multipliedBy(i).dividedBy(BREAKS_MAX),
                    () -> world.network().breakConnection(number));
        }
    }

    private void later(Fault fault, Runnable end) {
        world.after(fault.lasts().plus(Duration.ofNanos(1)), end);
    }

    private static void quick(Optional<RunningProcess> process) {
        process.ifPresent(RunningProcess::paceAsUsual);
    }

    void mendAll() {
        world.network().heal();
        world.network().lose(0);
        hosts().forEach(Host::resume);
        servers.forEach(node -> quick(node.process()));
        clients.forEach(node -> quick(node.process()));
        servers.forEach(ServerNode::start);
        clients.forEach(ClientNode::start);
    }
}
