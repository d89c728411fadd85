package holdfast.app.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;

import java.util.concurrent.Callable;

/** Prints a completion script. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Print a completion script for bash and zsh.",
        footerHeading = "%nExamples:%n",
        footer = "  source <(holdfast completion)")
final class CompletionCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.out.println(AutoComplete.bash("holdfast", Main.commandLine()));
        return ExitCodes.DONE;
    }
}
