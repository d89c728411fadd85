package holdfast.app.cli;

import holdfast.app.config.ServersFile;
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
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Gives all programs of this machine the cell as a directory. */
@Command(
        name = "mount",
        description = {
            "Show the cell at a directory of this machine, to all its programs, until it is",
            "unmounted (holdfast umount, umount, or Ctrl-C, which stores what is open). SOURCE"
                    + " says",
            "where the cell is: a servers file, or addresses of directory servers; any other name"
                    + " is",
            "only shown."
        },
        footer = {
            "  holdfast mount /mnt/cell",
            "  holdfast mount --background --lock fail ~/cell",
            "  holdfast mount 10.0.0.1:8002,10.0.0.2:8002 /mnt/cell -o ro,noexec",
            "  holdfast mount --store-every 30s --source work /mnt/cell",
            "",
            "With /sbin/mount.holdfast as a link to mount.holdfast, in /etc/fstab:",
            "  /etc/holdfast/servers.json /mnt/cell holdfast _netdev,nofail,lock=fail 0 0"
        })
final class MountCommand extends ClientCommand {
    private static final Duration STORING = Duration.ofMinutes(10);
    private static final Duration OFTEN = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofDays(1);
    private static final int TOLD_BYTES_MAX = 1 << 16;
    private static final String MOUNTED = "mounted at ";

    /** What an open for writing does when another machine writes to the file. */
    enum LockMode {
        /** It waits. */
        WAIT,
        /** It fails with EAGAIN. */
        FAIL,
        /** It goes on; who stores second is refused. */
        NONE
    }

    @Option(names = "--background", description = "Return when it is mounted.")
    boolean background;

    @Option(
            names = "--lock",
            paramLabel = "MODE",
            defaultValue = "wait",
            description = "When another machine writes to a file, an open for writing waits, fails,"
                    + " or takes no lock, and the second to close can't store:"
                    + " ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    LockMode lock = LockMode.WAIT;

    @Option(
            names = "--lock-wait",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = People.DurationConverter.class,
            description = "How long it waits at most (default: ${DEFAULT-VALUE}).")
    Duration lockWait = Duration.ofHours(1);

    @Option(
            names = "--store-every",
            paramLabel = "TIME",
            converter = People.DurationConverter.class,
            description = "Store open files that are written to now and then, such as every 30s"
                    + " (default: when they are closed or synced).")
    @Nullable
    Duration storeEvery;

    @Option(names = "--read-only", description = "Nothing can be changed.")
    boolean readOnly;

    @Option(names = "--setuid", description = "setuid and setgid programs work (as root).")
    boolean setuid;

    @Option(names = "--devices", description = "Device nodes work (as root).")
    boolean devices;

    @Option(names = "--no-exec", description = "No program can be started from it.")
    boolean noExec;

    @Option(
            names = "--allow-other",
            description = "Other users may use it (always, when root mounts it).")
    boolean allowOther;

    @Option(names = "--log", paramLabel = "FILE", description = "Where the log goes once mounted.")
    @Nullable
    Path log;

    @Option(
            names = "--source",
            paramLabel = "NAME",
            description = "What df and mount show as the device (default: SOURCE, else holdfast).")
    @Nullable
    String source;

    @Option(
            names = "-o",
            paramLabel = "WORDS",
            preprocessor = MountWords.class,
            description = "Options as in mount(8) and fstab(5), with commas between them: ro, suid,"
                    + " dev, noexec, and the options here without their dashes, as lock=fail.")
    @Nullable
    String words;

    @Parameters(
            paramLabel = "[SOURCE] DIR",
            arity = "1..2",
            hideParamSyntax = true,
            description = "Where the cell is; an existing directory.")
    List<String> places = List.of();

    @Override
    boolean oneShot() {
        return false;
    }

    private Path directory() {
        return Path.of(places.getLast());
    }

    private Optional<String> place() {
        return places.size() > 1 ? Optional.of(places.getFirst()) : Optional.empty();
    }

    @Override
    ServersFile serversFile() {
        String from = place().orElse("");
        if (servers != null || !from.matches(".*[/:].*")) {
            return super.serversFile();
        }
        boolean file = from.contains("/") && !from.startsWith("http");
        return file ? ServersFile.read(Path.of(from)) : ServersFile.at(from);
    }

    @Override
    int run(Cell cell, Output out) throws IOException {
        Path directory = directory();
        if (!Files.isDirectory(directory)) {
            throw FailureException.of(
                    FailureCode.INVALID, directory + " is no directory of this machine");
        }
        return background ? inBackground(cell, out) : mounted(cell, out);
    }

    private int mounted(Cell cell, Output out) throws IOException {
        CellMount.Settings settings = settings();
        CleanStop.mayTake(STORING);
        try (CellMount mount = CellMount.mount(cell, directory(), mountOptions(), settings)) {
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

    private CellMount.Settings settings() {
        if (storeEvery != null && storeEvery.compareTo(OFTEN) < 0) {
            throw FailureException.of(
                    FailureCode.INVALID, "--store-every takes " + OFTEN.toSeconds() + "s or more");
        }
        Optional<Duration> wait = switch (lock) {
            case WAIT -> Optional.of(lockWait);
            case FAIL -> Optional.of(Duration.ZERO);
            case NONE -> Optional.empty();
        };
        return new CellMount.Settings(wait, Optional.ofNullable(storeEvery));
    }

    private MountOptions mountOptions() {
        MountOptions usual = MountOptions.usual(
                source != null ? source : place().orElse("holdfast"), "holdfast");
        Set<Flag> flags = EnumSet.copyOf(usual.flags());
        add(flags, Flag.READ_ONLY, readOnly);
        add(flags, Flag.SETUID, setuid);
        add(flags, Flag.DEVICES, devices);
        add(flags, Flag.NO_EXEC, noExec);
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
        Path to = log != null ? log : cell.cache().folder().resolve("mount.log");
        long before = Files.exists(to) ? Files.size(to) : 0;
        List<String> command = new ArrayList<>(List.of("setsid", Programs.launcher()));
        command.addAll(given());
        command.remove("--background");
        Process process = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(to.toFile()))
                .start();
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        String line = said.readLine();
        if (line == null) {
            int code = ended(process);
            err.print(after(to, before));
            return code;
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

    /** What the log got since then: why it ended. */
    private static String after(Path log, long before) throws IOException {
        try (InputStream in = Files.newInputStream(log)) {
            in.skipNBytes(before);
            return new String(in.readNBytes(TOLD_BYTES_MAX), StandardCharsets.UTF_8);
        }
    }
}
