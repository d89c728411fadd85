package holdfast.verify.simulation;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;
import holdfast.client.files.Surroundings;
import holdfast.model.time.Ticker;
import holdfast.testkit.simulation.Host;
import holdfast.testkit.simulation.World;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A cell in a {@link World}: its servers' hosts, and what clients need to find them. */
final class SimulatedCell {
    private static final long CACHE_BYTES = 1L << 20;

    private final World world;
    private final Conditions conditions;
    private final Path folder;
    private final History history;
    private final List<ServerNode> servers = new ArrayList<>();

    /** How many members the groups have. */
    record Sizes(int directory, int locking, int files) {}

    SimulatedCell(World world, Path folder, Conditions conditions, History history) {
        Sizes sizes = conditions.sizes();
        this.conditions = conditions;
        world.network().detours(conditions.detour());
        world.pace(conditions.pace());
        this.history = history;
        this.world = world;
        this.folder = folder;
        List<Host> directories = hosts("d", sizes.directory());
        List<String> found = directories.stream().map(SimulatedCell::address).toList();
        add(directories, "directory", found);
        add(hosts("l", sizes.locking()), "locking", found);
        add(hosts("f", sizes.files()), "files", found);
    }

    private List<Host> hosts(String letter, int count) {
        return IntStream.range(0, count).mapToObj(i -> world.host(letter + i)).toList();
    }

    private void add(List<Host> hosts, String role, List<String> directories) {
        LogGroup group =
                new LogGroup(world, role, folder, hosts, history.witness(role.equals("files")));
        for (int i = 0; i < hosts.size(); i++) {
            servers.add(new ServerNode(group, i, role, directories, conditions.scarce()));
        }
    }

    static String address(Host host) {
        return host.address() + ":" + ServerNode.PORT;
    }

    List<ServerNode> servers() {
        return servers;
    }

    List<ServerNode> servers(String role) {
        return servers.stream().filter(node -> node.role().equals(role)).toList();
    }

    void start() {
        servers.forEach(ServerNode::start);
    }

    Path folder(String name) {
        return folder.resolve(name);
    }

    World world() {
        return world;
    }

    /** Connects, on a thread of a client's process. */
    Cell connect(ClientNode client) throws CellException {
        CellOptions options = new CellOptions(
                servers("directory").stream().map(node -> address(node.host())).toList(),
                List.of(),
                java.util.Optional.of(folder("c" + client.number())),
                java.util.Optional.of(CACHE_BYTES),
                java.util.Optional.of("root"),
                List.of("root"),
                conditions.timeout(),
                false);
        Ticker ticker = System::nanoTime;
        Transport wire = new TcpTransport(TcpTransport.Settings.DEFAULT, ticker);
        return Cell.connect(
                options,
                new Surroundings(
                        new Recording(
                                new LateAnswers(
                                        new HeldVersions(wire, history), client::holdAnswer),
                                client::current,
                                history::now),
                        Clock.systemUTC(),
                        ticker,
                        Thread.ofVirtual().factory()));
    }
}
