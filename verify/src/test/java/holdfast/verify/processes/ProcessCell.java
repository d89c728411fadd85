package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A cell of server processes from configuration files, as its users run it: a directory server, a
 * locking server, a file server with /etc and /src, and another with /home; or, with
 * {@code -Dholdfast.cell.members=3}, so many members of each. Its state is in a folder, so a server
 * that was killed starts again with what it had.
 */
public final class ProcessCell implements AutoCloseable {
    /** A server of it. */
    public enum Server {
        DIRECTORY,
        LOCKING,
        FILES_1,
        FILES_2
    }

    /** How many members each server has, unless a test says something else. */
    static final int MEMBERS = Integer.getInteger("holdfast.cell.members", 1);

    private static final Duration JOIN_MAX = Duration.ofMinutes(2);

    private final Path folder;
    private final int members;
    private final Map<Member, Integer> ports = new LinkedHashMap<>();
    private final Map<Member, LocalProcess> running = new HashMap<>();
    private final Map<String, String> environment;

    /** A member of what a server stands for, from 0 on. */
    public record Member(Server server, int number) {}

    private ProcessCell(Path folder, Map<String, String> environment, int members) {
        this.folder = folder;
        this.environment = Map.copyOf(environment);
        this.members = members;
    }

    /** Starts all four in {@code folder} and waits until each directory is served. */
    public static ProcessCell start(Path folder) {
        return start(folder, Map.of());
    }

    /** The same, the servers having more {@code environment}. */
    public static ProcessCell start(Path folder, Map<String, String> environment) {
        return configured(folder, environment, MEMBERS).startAll();
    }

    /** The same with so many members of each server. */
    public static ProcessCell start(Path folder, int members) {
        return configured(folder, Map.of(), members).startAll();
    }

    /** Only the configuration; nothing runs yet. */
    public static ProcessCell configured(Path folder) {
        return configured(folder, Map.of());
    }

    /** The same, the servers having more {@code environment} once they are started. */
    public static ProcessCell configured(Path folder, Map<String, String> environment) {
        return configured(folder, environment, 1);
    }

    private static ProcessCell configured(
            Path folder, Map<String, String> environment, int members) {
        ProcessCell cell = new ProcessCell(folder, environment, members);
        for (int number = 0; number < members; number++) {
            for (Server server : Server.values()) {
                cell.ports.put(new Member(server, number), freePort());
            }
        }
        cell.write("servers.json", """
            {"directory_server": [%s], "locking_server": [%s]}
            """.formatted(
                        cell.quoted(Server.DIRECTORY), cell.quoted(Server.LOCKING)));
        for (int number = 0; number < members; number++) {
            String more = suffix(number);
            cell.write(
                    "fs1" + more + ".json", cell.config("\"/etc\", \"/src\"", "fs1_root" + more));
            cell.write("fs2" + more + ".json", cell.config("\"/home\"", "fs2_root" + more));
        }
        return cell;
    }

    /** Where a cell in {@code folder} keeps what the members of a file server have. */
    public static List<Path> roots(Path folder, Server server) {
        String name = server == Server.FILES_1 ? "fs1_root" : "fs2_root";
        return IntStream.range(0, MEMBERS)
                .mapToObj(number -> folder.resolve(name + suffix(number)))
                .toList();
    }

    /** What names of a member's files end with. */
    private static String suffix(int number) {
        return number == 0 ? "" : "_" + number;
    }

    private ProcessCell startAll() {
        try {
            for (Server server : Server.values()) {
                launch(new Member(server, 0), List.of());
            }
            awaitServed();
            if (members > 1) {
                ports.keySet().stream()
                        .filter(member -> member.number > 0)
                        .forEach(member -> launch(
                                member,
                                List.of("--join", addresses(member.server).getFirst())));
                await().atMost(JOIN_MAX)
                        .until(() -> run("members").out().lines().count() == 1 + ports.size());
            }
            return this;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private String config(String directories, String root) {
        return """
            {"serving_dirs": [%s], "directory_server": [%s], "files_root": "./%s"}
            """.formatted(directories, quoted(Server.DIRECTORY), root);
    }

    /** Writes a file into the cell's folder. */
    public Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port that nobody listens at now. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where a server, or the first member of it, listens. */
    public int port(Server server) {
        return ports.getOrDefault(new Member(server, 0), 0);
    }

    private List<String> addresses(Server server) {
        return ports.entrySet().stream()
                .filter(each -> each.getKey().server == server)
                .map(each -> "127.0.0.1:" + each.getValue())
                .toList();
    }

    private String quoted(Server server) {
        return addresses(server).stream()
                .map(address -> "\"http://" + address + "/\"")
                .collect(Collectors.joining(", "));
    }

    /** The addresses of the directory servers, for {@link ClientProgram}. */
    public String directory() {
        return String.join(",", addresses(Server.DIRECTORY));
    }

    public Path folder() {
        return folder;
    }

    /**
     * Starts {@code server}, anew or again, and waits until it listens; the first member's process.
     */
    public LocalProcess start(Server server) {
        List<LocalProcess> begun = members(server).stream()
                .map(member -> launch(member, List.of()))
                .toList();
        begun.forEach(process -> process.awaitOut(" server at "));
        return begun.getFirst();
    }

    /** Starts one member again, and waits until it listens. */
    public void start(Member member) {
        launch(member, List.of()).awaitOut(" server at ");
    }

    /** The members of {@code server}. */
    public List<Member> members(Server server) {
        return ports.keySet().stream().filter(member -> member.server == server).toList();
    }

    private LocalProcess launch(Member member, List<String> more) {
        String number = suffix(member.number);
        List<String> command = new ArrayList<>(
                switch (member.server) {
                    case DIRECTORY -> List.of("directory-server", "--data", "directory" + number);
                    case LOCKING ->
                        List.of(
                                "locking-server",
                                "--data",
                                "locking" + number,
                                "--directory",
                                directory());
                    case FILES_1 -> List.of("file-server", "--config", "fs1" + number + ".json");
                    case FILES_2 -> List.of("file-server", "--config", "fs2" + number + ".json");
                });
        command.addAll(List.of("--port", String.valueOf(ports.get(member))));
        command.addAll(more);
        LocalProcess process = holdfast(environment, command);
        running.put(member, process);
        return process;
    }

    /** The running process of {@code server}, or of its first member. */
    public LocalProcess process(Server server) {
        return process(new Member(server, 0));
    }

    /** The running process of a member. */
    public LocalProcess process(Member member) {
        LocalProcess process = running.get(member);
        if (process == null) {
            throw new IllegalStateException(member + " was not started");
        }
        return process;
    }

    /** SIGKILL of {@code server}, of all its members. */
    public void kill(Server server) {
        members(server).forEach(member -> process(member).kill());
    }

    /** The same, and a start on the same data. */
    public void killAndStart(Server server) {
        kill(server);
        start(server);
    }

    private void awaitServed() {
        running.values().forEach(server -> server.awaitOut(" server at "));
        done("ls", "/etc", "/src", "/home");
    }

    /** Starts a command; this cell is its cell, and the cell's folder its home. */
    public LocalProcess holdfast(List<String> arguments) {
        return holdfast(Map.of(), arguments);
    }

    /** The same, with more {@code environment}. */
    public LocalProcess holdfast(Map<String, String> environment, List<String> arguments) {
        return LocalProcess.holdfast(folder, environment, arguments);
    }

    /** A connection of this process, with a cache of its own in the folder {@code cache}. */
    public Cell connect(String cache) throws CellException {
        return program(cache).connect();
    }

    /** The same, whose calls end within {@code timeout}. */
    public Cell connect(String cache, Duration timeout) throws CellException {
        return Cell.connect(options(cache).withTimeout(timeout));
    }

    /** How a connection of this process is made, with a cache of its own in {@code cache}. */
    public CellOptions options(String cache) {
        return program(cache).options();
    }

    private ClientProgram program(String cache, String... arguments) {
        return new ClientProgram(directory(), folder.resolve(cache), List.of(arguments));
    }

    /**
     * Starts {@code main}, a {@link ClientProgram} of this cell, with a cache of its own in the
     * folder {@code cache}.
     */
    public LocalProcess client(Class<?> main, String cache, String... arguments) {
        return LocalProcess.java(folder, main, program(cache, arguments).words());
    }

    /** Runs a command to its end. */
    public LocalProcess run(String... arguments) {
        LocalProcess process = holdfast(List.of(arguments));
        process.awaitEnd();
        return process;
    }

    /** Runs a command that must succeed; what it printed. */
    public String done(String... arguments) {
        LocalProcess process = holdfast(List.of(arguments));
        assertThat(process.awaitEnd()).as(process.err()).isZero();
        return process.out();
    }

    /**
     * Runs a command that must fail with {@code code} and one line, without a stack trace; that
     * line.
     */
    public String refused(int code, String... arguments) {
        return holdfast(List.of(arguments)).awaitRefusal(code);
    }

    @Override
    public void close() {
        running.values().forEach(LocalProcess::kill);
    }
}
