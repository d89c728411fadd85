package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.environment.Requires;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A cell in one process and mounts of it, each a process of its own with its own cache: what one
 * machine or several see of a cell as a file system. Everything is in one folder. Needs root.
 */
public final class MountedCell implements AutoCloseable {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final Duration MOUNTS_WITHIN = Duration.ofMinutes(1);

    private final Path folder;
    private final Path servers;
    private final List<String> serve = new ArrayList<>(List.of("serve", "--data", "data"));
    private final List<Mount> mounts = new ArrayList<>();
    private @Nullable LocalProcess server; // unless others serve it

    private MountedCell(Path folder, Path servers) {
        Requires.root();
        Requires.readable(Path.of("/dev/fuse"));
        this.folder = folder;
        this.servers = servers;
        for (String port : List.of("--directory-port", "--locking-port", "--files-port")) {
            serve.addAll(List.of(port, String.valueOf(ProcessCell.freePort())));
        }
    }

    /** Starts a cell without mounts; its data is in {@code folder/data}. */
    public static MountedCell start(Path folder) {
        MountedCell cell = new MountedCell(folder, folder.resolve("data").resolve("servers.json"));
        cell.startServer();
        return cell;
    }

    /** A cell that others serve, as {@code folder/servers.json} says. */
    public static MountedCell servedByOthers(Path folder) {
        return new MountedCell(folder, folder.resolve("servers.json"));
    }

    /** Starts its server again, with the data that it had, and waits until it is up. */
    public void startServer() {
        LocalProcess started = LocalProcess.holdfast(folder, Map.of(), serve);
        server = started;
        try {
            started.awaitOut("a cell is up");
        } catch (RuntimeException | Error e) {
            started.kill();
            throw e;
        }
    }

    /** SIGKILL of its server. */
    public void killServer() {
        LocalProcess running = server;
        if (running != null) {
            running.kill();
        }
    }

    /** Mounts it, at the folder {@code name}, and waits until that is done. */
    public Mount mount(String name, String... options) {
        return mount(name, Map.of(), options);
    }

    /** The same, the mount having more {@code environment}. */
    public Mount mount(String name, Map<String, String> environment, String... options) {
        Mount mount = new Mount(name, environment, List.of(options));
        mounts.add(mount);
        mount.awaitMounted();
        return mount;
    }

    /** Runs a command on this cell that must succeed; what it printed. */
    public String done(String... arguments) {
        LocalProcess process = LocalProcess.holdfast(folder, environment(), List.of(arguments));
        assertThat(process.awaitEnd()).as(process.err()).isZero();
        return process.out();
    }

    private Map<String, String> environment() {
        return Map.of("HOLDFAST_SERVERS", servers.toString());
    }

    @Override
    public void close() {
        mounts.forEach(Mount::close);
        killServer();
    }

    /** A mount of the cell. */
    public final class Mount implements AutoCloseable {
        private final String cache;
        private final Path at;
        private final LocalProcess process;

        private Mount(String name, Map<String, String> more, List<String> options) {
            cache = "cache-" + name;
            at = folder.resolve(name);
            try {
                Files.createDirectories(at);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            List<String> command = new ArrayList<>(List.of("mount", "--cache", cache));
            command.addAll(options);
            command.add(at.toString());
            Map<String, String> all = new HashMap<>(environment());
            all.putAll(more);
            process = LocalProcess.holdfast(folder, all, command);
        }

        private void awaitMounted() {
            Awaitility.await("mounted at " + at)
                    .atMost(MOUNTS_WITHIN)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        assertThat(process.alive())
                                .as("it ended: " + process.out() + process.err())
                                .isTrue();
                        return isMounted();
                    });
        }

        private boolean isMounted() {
            try (Stream<String> lines = Files.lines(MOUNTS)) {
                return lines.anyMatch(line -> line.contains(" " + at + " "));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Where it is mounted. */
        public Path at() {
            return at;
        }

        /** The process that serves it. */
        public LocalProcess process() {
            return process;
        }

        /** What {@code holdfast recover} says of the work that it could not store. */
        public String recovery(String... arguments) {
            List<String> command = new ArrayList<>(List.of("recover"));
            command.addAll(List.of(arguments));
            command.addAll(List.of("--cache", cache));
            return done(command.toArray(String[]::new));
        }

        /** Unmounts it as its user does; its process ends well. */
        public void unmount() {
            done("umount", at.toString());
            assertThat(process.awaitEnd()).as(process.err()).isZero();
            assertThat(isMounted()).isFalse();
        }

        /** Unmounts it however it is, so that its folder can be removed. */
        @Override
        public void close() {
            process.close();
            if (isMounted()) {
                LocalProcess.program(folder, "umount", "--lazy", at.toString()).awaitEnd();
            }
        }
    }
}
