package holdfast.app.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Where the {@code holdfast} command starts. */
@Command(name = "holdfast", mixinStandardHelpOptions = true, version = "holdfast 0.1.0")
public final class Main {
    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
