package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A cell of four server processes from configuration files, as its users run it: a directory
 * server, a locking server, a file server with /etc and /src, and another with /home. Its state is
 * in a folder, so a server that was killed starts again with what it had.
 */
public final class ProcessCell implements AutoCloseable {
    /** A server of it. */
    public enum Server {
        DIRECTORY,
        LOCKING,
        FILES_1,
        FILES_2
    }

    private final Path folder;
    private final Map<Server, Integer> ports = new EnumMap<>(Server.class);
    private final Map<Server, LocalProcess> running = new EnumMap<>(Server.class);
    private final Map<String, String> environment;

    private ProcessCell(Path folder, Map<String, String> environment) {
        this.folder = folder;
        this.environment = Map.copyOf(environment);
    }

    /** Starts all four in {@code folder} and waits until each directory is served. */
    public static ProcessCell start(Path folder) {
        return start(folder, Map.of());
    }

    /** The same, the servers having more {@code environment}. */
    public static ProcessCell start(Path folder, Map<String, String> environment) {
        return configured(folder, environment).startAll();
    }

    /** Only the configuration; nothing runs yet. */
    public static ProcessCell configured(Path folder) {
        return configured(folder, Map.of());
    }

    /** The same, the servers having more {@code environment} once they are started. */
    public static ProcessCell configured(Path folder, Map<String, String> environment) {
        ProcessCell cell = new ProcessCell(folder, environment);
        for (Server server : Server.values()) {
            cell.ports.put(server, freePort());
        }
        cell.write("servers.json", """
            {"directory_server": "http://127.0.0.1:%d/", "locking_server": "http://127.0.0.1:%d/"}
            """.formatted(
                        cell.port(Server.DIRECTORY), cell.port(Server.LOCKING)));
        cell.write("fs1.json", cell.config("\"/etc\", \"/src\"", "fs1_root"));
        cell.write("fs2.json", cell.config("\"/home\"", "fs2_root"));
        return cell;
    }

    private ProcessCell startAll() {
        try {
            for (Server server : Server.values()) {
                launch(server);
            }
            awaitServed();
            return this;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private String config(String directories, String root) {
        return """
            {"serving_dirs": [%s], "directory_server": "http://127.0.0.1:%d/", "files_root": "./%s"}
            """.formatted(directories, port(Server.DIRECTORY), root);
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

    public int port(Server server) {
        return ports.getOrDefault(server, 0);
    }

    /** The address of the directory server, for {@code CellOptions}. */
    public String directory() {
        return "127.0.0.1:" + port(Server.DIRECTORY);
    }

    public Path folder() {
        return folder;
    }

    /** Starts {@code server}, anew or again, and waits until it listens. */
    public LocalProcess start(Server server) {
        LocalProcess process = launch(server);
        process.awaitOut(" server at ");
        return process;
    }

    private LocalProcess launch(Server server) {
        String port = String.valueOf(port(server));
        LocalProcess process = holdfast(
                environment,
                switch (server) {
                    case DIRECTORY ->
                        List.of("directory-server", "--port", port, "--data", "directory");
                    case LOCKING ->
                        List.of(
                                "locking-server",
                                "--port",
                                port,
                                "--data",
                                "locking",
                                "--directory",
                                directory());
                    case FILES_1 -> List.of("file-server", "--port", port, "--config", "fs1.json");
                    case FILES_2 -> List.of("file-server", "--port", port, "--config", "fs2.json");
                });
        running.put(server, process);
        return process;
    }

    /** The running process of {@code server}. */
    public LocalProcess process(Server server) {
        LocalProcess process = running.get(server);
        if (process == null) {
            throw new IllegalStateException(server + " was not started");
        }
        return process;
    }

    /** SIGKILL of {@code server}, and a start on the same data. */
    public void killAndStart(Server server) {
        process(server).kill();
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
        return Cell.connect(
                CellOptions.at(directory()).withCache(folder.resolve(cache)).withTimeout(timeout));
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
