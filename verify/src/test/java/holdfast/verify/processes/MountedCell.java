package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.environment.Requires;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
    private final LocalProcess server;
    private final List<Mount> mounts = new ArrayList<>();

    private MountedCell(Path folder) {
        this.folder = folder;
        servers = folder.resolve("data").resolve("servers.json");
        server = LocalProcess.holdfast(folder, Map.of(), serve());
    }

    private List<String> serve() {
        List<String> command = new ArrayList<>(List.of("serve", "--data", "data"));
        for (String port : List.of("--directory-port", "--locking-port", "--files-port")) {
            command.addAll(List.of(port, String.valueOf(ProcessCell.freePort())));
        }
        return command;
    }

    /** Starts a cell without mounts. */
    public static MountedCell start(Path folder) {
        Requires.root();
        Requires.readable(Path.of("/dev/fuse"));
        MountedCell cell = new MountedCell(folder);
        try {
            cell.server.awaitOut("a cell is up");
            return cell;
        } catch (RuntimeException | Error e) {
            cell.server.kill();
            throw e;
        }
    }

    /** Mounts it, at the folder {@code name}, and waits until that is done. */
    public Mount mount(String name, String... options) {
        Mount mount = new Mount(name, List.of(options));
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
        server.kill();
    }

    /** A mount of the cell. */
    public final class Mount implements AutoCloseable {
        private final Path at;
        private final LocalProcess process;

        private Mount(String name, List<String> options) {
            at = folder.resolve(name);
            try {
                Files.createDirectories(at);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            List<String> command = new ArrayList<>(List.of("mount", "--cache", "cache-" + name));
            command.addAll(options);
            command.add(at.toString());
            process = LocalProcess.holdfast(folder, environment(), command);
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
