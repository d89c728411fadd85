package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.MemberInfo;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A cell whose directory and locking services and whose file servers, which serve /etc, /src and
 * /home, may have several members each, every one a process.
 */
public final class ReplicatedCell implements AutoCloseable {
    /** A replicated service. */
    public enum Role {
        DIRECTORY("directory"),
        LOCKING("locking"),
        FILE("file");

        private final String word;

        Role(String word) {
            this.word = word;
        }
    }

    private final Path folder;
    private final Map<String, List<String>> commands = new LinkedHashMap<>();
    private final Map<String, LocalProcess> running = new HashMap<>();
    private final String directory;

    private ReplicatedCell(Path folder) {
        this.folder = folder;
        this.directory = freeAddress();
    }

    /** Starts one with a single member of each service. */
    public static ReplicatedCell start(Path folder) {
        ReplicatedCell cell = startWithoutFileServers(folder);
        try {
            cell.add(Role.FILE, freeAddress());
            return cell;
        } catch (RuntimeException | Error e) {
            cell.close();
            throw e;
        }
    }

    /** Starts one whose file servers are still to come. */
    public static ReplicatedCell startWithoutFileServers(Path folder) {
        ReplicatedCell cell = new ReplicatedCell(folder);
        try {
            cell.add(Role.DIRECTORY, cell.directory);
            cell.add(Role.LOCKING, freeAddress());
            cell.write("servers.json", "{\"directory_server\": \"" + cell.directory + "\"}");
            return cell;
        } catch (RuntimeException | Error e) {
            cell.close();
            throw e;
        }
    }

    private static String freeAddress() {
        return "127.0.0.1:" + ProcessCell.freePort();
    }

    /** Writes a file into the cell's folder. */
    public Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(Role role, String address) {
        command(role, address, List.of());
        start(address);
    }

    private void command(Role role, String address, List<String> more) {
        String data = role.word + address.substring(10);
        List<String> command = new ArrayList<>(List.of(role.word + "-server"));
        command.addAll(
                switch (role) {
                    case DIRECTORY -> List.of("--data", data);
                    case LOCKING -> List.of("--data", data, "--directory", directory);
                    case FILE ->
                        List.of(
                                "--config",
                                config(data, "\"/etc\", \"/src\", \"/home\"").toString());
                });
        command.addAll(more);
        commands.put(address, command);
    }

    private Path config(String data, String directories) {
        return write(data + ".json", """
            {"serving_dirs": [%s], "directory_server": "%s", "files_root": "./%s"}
            """.formatted(directories, directory, data));
    }

    /** Starts the server at {@code address}, anew or again, and waits until it listens. */
    public void start(String address) {
        launch(address).awaitOut(" server at ");
    }

    /**
     * Launches a file server with a folder of its own, and returns where it will listen.
     *
     * @param directories that it names, as in JSON, without the brackets
     */
    public String launchFileServer(String directories, String... more) {
        String address = freeAddress();
        String data = "file" + address.substring(10);
        List<String> command = new ArrayList<>(
                List.of("file-server", "--config", config(data, directories).toString()));
        command.addAll(List.of(more));
        commands.put(address, command);
        launch(address);
        return address;
    }

    private LocalProcess launch(String address) {
        List<String> command = new ArrayList<>(commands.getOrDefault(address, List.of()));
        command.addAll(List.of("--port", address.substring(10)));
        LocalProcess process = LocalProcess.holdfast(folder, Map.of(), command);
        running.put(address, process);
        return process;
    }

    /** The server's process. */
    public LocalProcess process(String address) {
        LocalProcess process = running.get(address);
        if (process == null) {
            throw new IllegalStateException("no server at " + address);
        }
        return process;
    }

    /** Starts two more members of each service, which make them three, all at the same time. */
    public void growToThree() throws CellException {
        List<String> fresh = new ArrayList<>();
        for (Role role : Role.values()) {
            String first = members(role).getFirst().address();
            for (int i = 0; i < 2; i++) {
                String address = freeAddress();
                command(role, address, List.of("--join", first));
                launch(address);
                fresh.add(address);
            }
        }
        awaitMembers(fresh);
    }

    /** Waits until the servers at {@code addresses} are members, each of its group. */
    public void awaitMembers(List<String> addresses) throws CellException {
        try (Cell cell = connect("cache-growing")) {
            await().pollInterval(Duration.ofMillis(500))
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> cell.administration().members().stream()
                            .filter(MemberInfo::up)
                            .map(MemberInfo::address)
                            .toList()
                            .containsAll(addresses));
        }
    }

    /** The members of {@code role}, as their leader sees them. */
    public List<MemberInfo> members(Role role) throws CellException {
        try (Cell cell = connect("cache-members")) {
            return cell.administration().members().stream()
                    .filter(member -> member.service().equals(role.word))
                    .toList();
        }
    }

    /** Where the leader of {@code role} is; waits until there is one that answers. */
    public String leader(Role role) {
        return await().atMost(Duration.ofMinutes(1))
                .until(
                        () -> members(role).stream()
                                .filter(member -> member.leads() && member.up())
                                .map(MemberInfo::address)
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
    }

    /** The directory server that was there first. */
    public String directory() {
        return directory;
    }

    /** A connection of this process, with a cache of its own in the folder {@code cache}. */
    public Cell connect(String cache) throws CellException {
        return Cell.connect(CellOptions.at(anyDirectory()).withCache(folder.resolve(cache)));
    }

    private String anyDirectory() {
        return commands.keySet().stream()
                .filter(address -> commands.getOrDefault(address, List.of())
                        .getFirst()
                        .equals("directory-server"))
                .filter(address -> process(address).alive())
                .findFirst()
                .orElse(directory);
    }

    /** Starts {@code main}, a {@link ClientProgram} of this cell. */
    public LocalProcess client(Class<?> main, String cache, String... arguments) {
        ClientProgram program =
                new ClientProgram(directory, folder.resolve(cache), List.of(arguments));
        return LocalProcess.java(folder, main, program.words());
    }

    /** Runs a command that must succeed; what it printed. */
    public String done(String... arguments) {
        LocalProcess process = LocalProcess.holdfast(folder, Map.of(), List.of(arguments));
        assertThat(process.awaitEnd()).as(process.err()).isZero();
        return process.out();
    }

    /** Starts a command. */
    public LocalProcess run(String... arguments) {
        return LocalProcess.holdfast(folder, Map.of(), List.of(arguments));
    }

    /** Runs a command, whatever comes of it; what it printed. */
    public String tried(String... arguments) {
        LocalProcess process = run(arguments);
        int unused = process.awaitEnd();
        return process.out();
    }

    /** Runs a command that must fail with {@code code} and one line; that line. */
    public String refused(int code, String... arguments) {
        return LocalProcess.holdfast(folder, Map.of(), List.of(arguments)).awaitRefusal(code);
    }

    @Override
    public void close() {
        running.values().forEach(LocalProcess::kill);
    }
}
