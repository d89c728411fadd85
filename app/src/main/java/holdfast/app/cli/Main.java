package holdfast.app.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Where the {@code holdfast} command starts. */
@Command(
        name = "holdfast",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = Release.class,
        description = "A distributed file system: open a file of the cell as a local file, work on"
                + " it, close it; whoever opens it next, anywhere, sees the change.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  holdfast serve                       a whole cell in this process",
            "  holdfast put notes.txt /notes.txt    store a file",
            "  holdfast edit /notes.txt             edit it; nobody else can write meanwhile",
            "  holdfast ls -l /",
            "  holdfast mount /mnt/cell             a directory for all programs",
            "",
            "Exit codes: 0 done, 1 usage, 2 other, 3 directory not served, 4 not found,",
            "5 temporary, 6 refused, 7 damaged or misconfigured, 8 a limit or a full disk,",
            "10 lock held, 11 fenced or stale, 12 outcome unknown, 130 interrupted."
        })
public final class Main implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {}

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(), "say what to do; 'holdfast --help' lists the commands");
    }

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] args) {
        if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
            System.out.println(Release.text());
            return;
        }
        CleanStop stop = CleanStop.onInterrupt(Thread.currentThread());
        int code = run(args);
        stop.finished();
        System.exit(code);
    }

    /** Runs the command line and returns its exit code. */
    static int run(String... args) {
        Map<String, Class<?>> all = commands();
        Optional<Class<?>> named = Optional.ofNullable(args.length == 0 ? null : all.get(args[0]));
        return commandLine(
                        named.map(one -> Map.<String, Class<?>>of(args[0], one)).orElse(all))
                .execute(args);
    }

    /** By name, in the order in which they are shown. */
    static Map<String, Class<?>> commands() {
        Map<String, Class<?>> all = new LinkedHashMap<>();
        all.put("demo", DemoCommand.class);
        all.put("serve", ServeCommand.class);
        all.put("directory-server", DirectoryServerCommand.class);
        all.put("locking-server", LockingServerCommand.class);
        all.put("file-server", FileServerCommand.class);
        all.put("ls", LsCommand.class);
        all.put("stat", StatCommand.class);
        all.put("cat", CatCommand.class);
        all.put("put", PutCommand.class);
        all.put("get", GetCommand.class);
        all.put("edit", EditCommand.class);
        all.put("mkdir", MkdirCommand.class);
        all.put("rm", RmCommand.class);
        all.put("mv", MvCommand.class);
        all.put("cp", CpCommand.class);
        all.put("ln", LnCommand.class);
        all.put("chmod", ChmodCommand.class);
        all.put("touch", TouchCommand.class);
        all.put("mount", MountCommand.class);
        all.put("umount", UmountCommand.class);
        all.put("locks", LocksCommand.class);
        all.put("cache", CacheCommand.class);
        all.put("servers", ServersCommand.class);
        all.put("groups", GroupsCommand.class);
        all.put("members", MembersCommand.class);
        all.put("volumes", VolumesCommand.class);
        all.put("watch", WatchCommand.class);
        all.put("status", StatusCommand.class);
        all.put("recover", RecoverCommand.class);
        all.put("bench", BenchCommand.class);
        all.put("doctor", DoctorCommand.class);
        all.put("completion", CompletionCommand.class);
        all.put("rehearse", RehearseCommand.class);
        return all;
    }

    /** With all commands. */
    static CommandLine commandLine() {
        return commandLine(commands());
    }

    /** Reading what a command takes costs milliseconds, so only those that matter are read. */
    private static CommandLine commandLine(Map<String, Class<?>> commands) {
        Errors errors = new Errors(System.err);
        CommandLine root = new CommandLine(new Main());
        commands.forEach(root::addSubcommand);
        return root.setParameterExceptionHandler(errors)
                .setExecutionExceptionHandler(errors)
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }
}
