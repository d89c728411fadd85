package holdfast.verify.survival;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.Machines.Machine;
import holdfast.verify.processes.SmallDisk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A server: the machine and the small disk that it has, and its process, which may die. */
final class Server implements AutoCloseable {
    /** What went wrong is to be understood afterwards. */
    private static final Map<String, String> TELLING = Map.of("HOLDFAST_LOG", "INFO");

    /** What a process ends with that SIGTERM ended. */
    private static final int TERMINATED = 143;

    private final Service service;
    private final Machine machine;
    private final Path folder;
    private final List<String> command;
    private final SmallDisk disk;
    private final String name;
    private int lives;
    private @Nullable LocalProcess process;

    Server(Service service, Machine machine, int number, Path folder, String directories) {
        this.service = service;
        this.machine = machine;
        this.folder = folder;
        this.name = service.name().toLowerCase(java.util.Locale.ROOT) + "-" + number;
        this.disk = SmallDisk.inFile(folder.resolve(name), service.diskMebibytes());
        Path config = folder.resolve(name + ".json");
        try {
            Files.writeString(config, """
                {"serving_dirs": ["/"], "directory_server": ["%s"], "files_root": "%s"}
                """.formatted(directories.replace(",", "\", \""), data()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> words =
                new ArrayList<>(service.command(data().toString(), config.toString(), directories));
        words.addAll(
                List.of("--port", String.valueOf(service.port()), "--host", machine.address()));
        this.command = List.copyOf(words);
    }

    Service service() {
        return service;
    }

    Machine machine() {
        return machine;
    }

    SmallDisk disk() {
        return disk;
    }

    String address() {
        return machine.address() + ":" + service.port();
    }

    /** Its data folder. */
    Path data() {
        return disk.at().resolve("data");
    }

    /** How often it began with an empty folder. */
    int lives() {
        return lives;
    }

    LocalProcess process() {
        return Objects.requireNonNull(process, name);
    }

    /** Starts it with an empty folder: as the first member of its group, or to join others. */
    void start(List<String> others) {
        lives++;
        List<String> words = new ArrayList<>(command);
        others.forEach(other -> words.addAll(List.of("--join", other)));
        run(words);
    }

    /** Starts it on what it has; waits until it listens. */
    void startAgain() {
        run(command);
    }

    private void run(List<String> words) {
        LocalProcess begun = LocalProcess.holdfast(machine.here(), folder, TELLING, words);
        process = begun;
        begun.awaitOut(" server at ");
    }

    /** SIGTERM, and waits for its end. */
    void stop() {
        assertThat(process().stop()).as("%s: %s", name, process().err()).isEqualTo(TERMINATED);
    }

    /** Removes all that it has. */
    void wipe() {
        try (Stream<Path> all = Files.walk(data())) {
            all.sorted(Comparator.reverseOrder())
                    .forEach(path -> assertThat(path.toFile().delete()).isTrue());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public void close() {
        if (process != null && process.alive()) {
            process.goOn();
            process.kill();
        }
        disk.close();
    }
}
