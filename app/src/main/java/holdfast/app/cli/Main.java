package holdfast.app.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Where the {@code holdfast} command starts. */
@Command(
        name = "holdfast",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = Release.class,
        description = {
            "A distributed file system: open a file of the cell as a local file, work on it, close"
                    + " it;",
            "whoever opens it next, anywhere, sees the change."
        },
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            DirectoryServerCommand.class,
            LockingServerCommand.class,
            FileServerCommand.class,
            LsCommand.class,
            StatCommand.class,
            CatCommand.class,
            PutCommand.class,
            GetCommand.class,
            EditCommand.class,
            MkdirCommand.class,
            RmCommand.class,
            MvCommand.class,
            CpCommand.class,
            LnCommand.class,
            ChmodCommand.class,
            TouchCommand.class,
            LocksCommand.class,
            CacheCommand.class,
            ServersCommand.class,
            VolumesCommand.class,
            WatchCommand.class,
            StatusCommand.class,
            RecoverCommand.class,
            BenchCommand.class,
            DoctorCommand.class,
            CompletionCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  holdfast serve                       a whole cell in this process",
            "  holdfast put notes.txt /notes.txt    store a file",
            "  holdfast edit /notes.txt             edit it; nobody else can write meanwhile",
            "  holdfast ls -l /",
            "",
            "Exit codes: 0 done, 1 usage, 2 other, 3 directory not served, 4 not found, 5"
                    + " temporary,",
            "6 refused, 7 damaged or misconfigured, 8 a limit or a full disk, 10 lock held,",
            "11 fenced or stale, 12 outcome unknown, 130 interrupted."
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
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        Errors errors = new Errors(System.err);
        return new CommandLine(new Main())
                .setParameterExceptionHandler(errors)
                .setExecutionExceptionHandler(errors)
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }
}
