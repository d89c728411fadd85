package holdfast.verify.survival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.verify.processes.ClientProgram;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.Machines;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A cell on three machines, each with a member of the directory service, of the locking service and
 * of the file servers, which serve the root together; clients run on two more.
 */
final class MachinesCell implements AutoCloseable {
    static final int SERVERS = 3;
    static final int CLIENTS = 2;
    private static final long LAG_MAX = 1_000;
    private static final Duration WHOLE_MAX = Duration.ofMinutes(2);
    private static final JsonMapper JSON = new JsonMapper();

    private final Path folder;
    private final Machines machines;
    private final List<Server> servers = new ArrayList<>();

    /** A member of a group, as its leader sees it. */
    record Member(
            Service service,
            String id,
            String address,
            boolean up,
            boolean leads,
            long last,
            long lag) {}

    private MachinesCell(Path folder) {
        this.folder = folder;
        this.machines = Machines.start(folder, SERVERS + CLIENTS);
    }

    /** Starts one, with all its members. */
    static MachinesCell start(Path folder) {
        MachinesCell cell = new MachinesCell(folder);
        try {
            cell.write(
                    "servers.json",
                    "{\"directory_server\": [\"%s\"]}"
                            .formatted(cell.directories().replace(",", "\", \"")));
            for (Service service : Service.values()) {
                for (int number = 1; number <= SERVERS; number++) {
                    cell.add(service, number);
                }
            }
            cell.awaitWhole();
            return cell;
        } catch (RuntimeException | Error e) {
            cell.close();
            throw e;
        }
    }

    private void add(Service service, int number) {
        Server server =
                new Server(service, machines.machine(number), number, folder, directories());
        servers.add(server);
        server.start(number == 1 ? List.of() : List.of(at(1, service)));
        await().atMost(WHOLE_MAX)
                .until(() ->
                        members().stream().filter(m -> m.service() == service).count() == number);
    }

    private String at(int number, Service service) {
        return machines.machine(number).address() + ":" + service.port();
    }

    /** Where the directory servers are. */
    private String directories() {
        return IntStream.rangeClosed(1, SERVERS)
                .mapToObj(number -> at(number, Service.DIRECTORY))
                .collect(Collectors.joining(","));
    }

    private void write(String name, String text) {
        try {
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Server> servers() {
        return List.copyOf(servers);
    }

    List<Server> servers(Service service) {
        return servers.stream().filter(server -> server.service() == service).toList();
    }

    /** Whose server is there. */
    Server server(String address) {
        return servers.stream()
                .filter(server -> server.address().equals(address))
                .findFirst()
                .orElseThrow();
    }

    /** Starts a server whose folder is empty as a new member. */
    void join(Server server) {
        server.start(servers(server.service()).stream()
                .filter(other -> !other.equals(server))
                .map(Server::address)
                .toList());
    }

    Machines machines() {
        return machines;
    }

    /** The members of all groups; nothing when not all of the leaders answered. */
    List<Member> members() {
        LocalProcess process = LocalProcess.holdfast(
                machines.machine(SERVERS + 1).here(),
                folder,
                Map.of(),
                List.of("members", "--json"));
        process.awaitEnd();
        return process.out()
                .lines()
                .map(JSON::readTree)
                .map(MachinesCell::member)
                .toList();
    }

    private static Member member(JsonNode line) {
        return new Member(
                Service.of(line.get("of").asString()),
                line.get("id").asString(),
                line.get("address").asString(),
                line.get("up").asBoolean(),
                line.get("leads").asBoolean(),
                line.get("log").asLong(),
                line.get("behind").asLong());
    }

    /** Who leads a service; waits until there is one that answers. */
    Server leader(Service service) {
        return await().atMost(WHOLE_MAX)
                .until(
                        () -> members().stream()
                                .filter(member -> member.service() == service)
                                .filter(member -> member.leads() && member.up())
                                .map(member -> server(member.address()))
                                .toList(),
                        leaders -> leaders.size() == 1)
                .getFirst();
    }

    /** Waits until each service has all its members, all up and none far behind. */
    void awaitWhole() {
        await().atMost(WHOLE_MAX).untilAsserted(this::assertWhole);
    }

    private void assertWhole() {
        assertThat(members())
                .hasSize(SERVERS * Service.values().length)
                .allMatch(Member::up)
                .allMatch(member -> member.lag() < LAG_MAX);
    }

    /** The same, starting servers that ended by themselves, as they do when their disk is full. */
    void awaitWholeReviving() {
        await().atMost(WHOLE_MAX).untilAsserted(() -> {
            servers.stream()
                    .filter(server -> !server.process().alive())
                    .forEach(Server::startAgain);
            assertWhole();
        });
    }

    /** What is known of a server as a member. */
    Member member(Server server) {
        return members().stream()
                .filter(member -> member.address().equals(server.address()))
                .findFirst()
                .orElseThrow();
    }

    /** Runs a command on a client's machine, which must succeed; what it printed. */
    String done(String... arguments) {
        LocalProcess process = LocalProcess.holdfast(
                machines.machine(SERVERS + 1).here(), folder, Map.of(), List.of(arguments));
        assertThat(process.awaitEnd()).as(process.err()).isZero();
        return process.out();
    }

    /** Starts {@code main} on a client's machine, the first or the second. */
    LocalProcess client(int which, Class<?> main, String cache, List<String> arguments) {
        ClientProgram program = new ClientProgram(directories(), folder.resolve(cache), arguments);
        return LocalProcess.java(
                machines.machine(SERVERS + which).here(), folder, main, program.words());
    }

    @Override
    public void close() {
        servers.forEach(Server::close);
        machines.close();
    }
}
