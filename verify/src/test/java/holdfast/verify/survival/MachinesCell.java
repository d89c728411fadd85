package holdfast.verify.survival;

import static org.awaitility.Awaitility.await;

import holdfast.verify.processes.ClientProgram;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.Machines;
import holdfast.verify.processes.Machines.Machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A cell on three machines, each with a member of the directory service, of the locking service and
 * of the file servers; clients run on two more.
 */
final class MachinesCell implements AutoCloseable {
    static final int SERVERS = 3;
    private static final int CLIENTS = 2;
    private static final int DIRECTORY_PORT = 8002;
    private static final int LOCKING_PORT = 8004;
    private static final int FILES_PORT = 8006;

    private final Path folder;
    private final Machines machines;
    private final Map<String, Server> servers = new LinkedHashMap<>();

    /** A server: how it is started again, and its process. */
    private static final class Server {
        private final Machine machine;
        private final List<String> command;
        private LocalProcess process;

        private Server(Machine machine, List<String> command, LocalProcess process) {
            this.machine = machine;
            this.command = command;
            this.process = process;
        }
    }

    private MachinesCell(Path folder) {
        this.folder = folder;
        this.machines = Machines.start(folder, SERVERS + CLIENTS);
    }

    /** Starts one, with all its members. */
    static MachinesCell start(Path folder) {
        MachinesCell cell = new MachinesCell(folder);
        try {
            for (int number = 1; number <= SERVERS; number++) {
                cell.startServers(number);
            }
            return cell;
        } catch (RuntimeException | Error e) {
            cell.close();
            throw e;
        }
    }

    private void startServers(int number) {
        String directories =
                at(1, DIRECTORY_PORT) + "," + at(2, DIRECTORY_PORT) + "," + at(3, DIRECTORY_PORT);
        List<String> directory = new ArrayList<>(List.of(
                "directory-server",
                "--port",
                String.valueOf(DIRECTORY_PORT),
                "--data",
                "directory-" + number));
        List<String> locking = new ArrayList<>(List.of(
                "locking-server",
                "--port",
                String.valueOf(LOCKING_PORT),
                "--data",
                "locking-" + number,
                "--directory",
                directories));
        if (number > 1) {
            directory.addAll(List.of("--join", at(1, DIRECTORY_PORT)));
            locking.addAll(List.of("--join", at(1, LOCKING_PORT)));
        }
        run("directory-" + number, number, directory);
        awaitMembers("directory", number);
        run("locking-" + number, number, locking);
        awaitMembers("locking", number);
        List<String> files = new ArrayList<>(
                List.of("file-server", "--port", String.valueOf(FILES_PORT), "--config"));
        files.add(config(number, directories));
        if (number > 1) {
            files.addAll(List.of("--join", at(1, FILES_PORT)));
        }
        run("files-" + number, number, files);
        awaitMembers("file", number);
    }

    private String config(int number, String directories) {
        String config = "files-" + number + ".json";
        write(config, """
            {"serving_dirs": ["/home", "/src"], "directory_server": ["%s"],
             "files_root": "./files-%d"}
            """.formatted(directories.replace(",", "\", \""), number));
        return config;
    }

    private String at(int number, int port) {
        return machines.machine(number).address() + ":" + port;
    }

    private void write(String name, String text) {
        try {
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run(String name, int number, List<String> words) {
        Machine machine = machines.machine(number);
        List<String> command = new ArrayList<>(words);
        command.addAll(List.of("--host", machine.address()));
        servers.put(name, new Server(machine, command, process(machine, command)));
    }

    private LocalProcess process(Machine machine, List<String> command) {
        LocalProcess process = LocalProcess.holdfast(machine.here(), folder, Map.of(), command);
        process.awaitOut(" server at ");
        return process;
    }

    private void awaitMembers(String service, int count) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> done("members", "--json")
                                .lines()
                                .filter(line -> line.contains("\"" + service + "\""))
                                .count()
                        == count);
    }

    /** The servers' names. */
    List<String> servers() {
        return List.copyOf(servers.keySet());
    }

    private Server server(String name) {
        return Objects.requireNonNull(servers.get(name), name);
    }

    /** The process of a server. */
    LocalProcess process(String name) {
        return server(name).process;
    }

    /** Starts a server that was killed; waits until it listens. */
    void startAgain(String name) {
        Server server = server(name);
        server.process = process(server.machine, server.command);
    }

    Machines machines() {
        return machines;
    }

    /** Runs a command on a client's machine; what it printed, whatever came of it. */
    String done(String... arguments) {
        write("servers.json", "{\"directory_server\": [\"" + at(1, DIRECTORY_PORT) + "\"]}");
        LocalProcess process = LocalProcess.holdfast(
                machines.machine(SERVERS + 1).here(), folder, Map.of(), List.of(arguments));
        process.awaitEnd();
        return process.out();
    }

    /** Starts {@code main} on a client's machine, the first or the second. */
    LocalProcess client(int which, Class<?> main, String cache, List<String> arguments) {
        ClientProgram program =
                new ClientProgram(at(1, DIRECTORY_PORT), folder.resolve(cache), arguments);
        return LocalProcess.java(
                machines.machine(SERVERS + which).here(), folder, main, program.words());
    }

    @Override
    public void close() {
        servers.values().forEach(server -> {
            server.process.goOn();
            server.process.kill();
        });
        machines.close();
    }
}
