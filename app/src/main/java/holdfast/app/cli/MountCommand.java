package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.mount.cell.CellMount;
import holdfast.mount.fuse.MountOptions;
import holdfast.mount.fuse.MountOptions.Flag;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Gives all programs of this machine the cell as a directory. */
@Command(
        name = "mount",
        description = {
            "Show the cell at a directory of this machine, to all its programs, until it is",
            "unmounted (holdfast umount, umount, or Ctrl-C, which stores what is open)."
        },
        footer = {"  holdfast mount /mnt/cell", "  holdfast mount --background --lock fail ~/cell"})
final class MountCommand extends ClientCommand {
    private static final Duration STORING = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofDays(1);
    private static final String MOUNTED = "mounted at ";

    /** What an open for writing does when another machine writes to the file. */
    enum LockMode {
        /** It waits. */
        WAIT,
        /** It fails with EAGAIN. */
        FAIL
    }

    @Option(names = "--background", description = "Return when it is mounted.")
    boolean background;

    @Option(
            names = "--lock",
            paramLabel = "MODE",
            defaultValue = "wait",
            description = "When another machine writes to a file, an open for writing waits, or"
                    + " fails: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    LockMode lock = LockMode.WAIT;

    @Option(
            names = "--lock-wait",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = People.DurationConverter.class,
            description = "How long it waits at most (default: ${DEFAULT-VALUE}).")
    Duration lockWait = Duration.ofHours(1);

    @Option(names = "--read-only", description = "Nothing can be changed.")
    boolean readOnly;

    @Option(names = "--setuid", description = "setuid and setgid programs work (as root).")
    boolean setuid;

    @Option(names = "--devices", description = "Device nodes work (as root).")
    boolean devices;

    @Option(
            names = "--allow-other",
            description = "Other users may use it (always, when root mounts it).")
    boolean allowOther;

    @Option(names = "--log", paramLabel = "FILE", description = "Where the log goes once mounted.")
    @Nullable
    Path log;

    @Parameters(paramLabel = "DIR", description = "An existing directory.")
    Path directory = Path.of("");

    @Override
    boolean oneShot() {
        return false;
    }

    @Override
    int run(Cell cell, Output out) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw FailureException.of(
                    FailureCode.INVALID, directory + " is no directory of this machine");
        }
        return background ? inBackground(cell, out) : mounted(cell, out);
    }

    private int mounted(Cell cell, Output out) throws IOException {
        Duration wait = lock == LockMode.FAIL ? Duration.ZERO : lockWait;
        CellMount.Settings settings = new CellMount.Settings(wait);
        CleanStop.mayTake(STORING);
        try (CellMount mount = CellMount.mount(cell, directory, mountOptions(), settings)) {
            out.object(Output.fields("mounted", mount.path().toString()), MOUNTED + mount.path());
            out.stream().flush();
            logElsewhere();
            while (!mount.awaitUnmounted(LOOK)) {
                // still mounted
            }
            return ExitCodes.DONE;
        } catch (InterruptedException e) {
            return ExitCodes.INTERRUPTED;
        }
    }

    private MountOptions mountOptions() {
        MountOptions usual = MountOptions.usual("holdfast", "holdfast");
        Set<Flag> flags = EnumSet.copyOf(usual.flags());
        add(flags, Flag.READ_ONLY, readOnly);
        add(flags, Flag.SETUID, setuid);
        add(flags, Flag.DEVICES, devices);
        add(flags, Flag.ALLOW_OTHER, allowOther);
        return usual.with(flags);
    }

    private static void add(Set<Flag> flags, Flag flag, boolean wanted) {
        if (wanted) {
            flags.add(flag);
        }
    }

    private void logElsewhere() throws IOException {
        Path file = log;
        if (file != null) {
            FileOutputStream to = new FileOutputStream(file.toFile(), true);
            System.setErr(new PrintStream(to, true, StandardCharsets.UTF_8));
        }
    }

    /** The same command without {@code --background}, in a session of its own. */
    private int inBackground(Cell cell, Output out) throws IOException {
        List<String> command = new ArrayList<>(List.of("setsid", Programs.launcher()));
        command.addAll(arguments(cell));
        Process process = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        String line = said.readLine();
        if (line == null) {
            return ended(process);
        }
        out.stream().println(line);
        out.stream().flush();
        return ExitCodes.DONE;
    }

    private static int ended(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            return ExitCodes.INTERRUPTED;
        }
    }

    private List<String> arguments(Cell cell) {
        List<String> all = new ArrayList<>(given());
        all.remove("--background");
        if (log == null) {
            all.add("--log");
            all.add(cell.cache().folder().resolve("mount.log").toString());
        }
        return all;
    }
}
