package holdfast.app.cli;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.mount.fuse.FuseMount;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Ends a mount. */
@Command(
        name = "umount",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Unmount a cell. What was written to files that were closed is stored already.",
        footerHeading = "%nExamples:%n",
        footer = {"  holdfast umount /mnt/cell", "  holdfast umount --force ~/cell"})
final class UmountCommand implements Callable<Integer> {
    @Option(
            names = "--force",
            description = "Although programs use it: they keep what they have open until they end.")
    boolean force;

    @Option(names = "--debug", description = "Show stack traces and the log.")
    boolean debug;

    @Parameters(paramLabel = "DIR", description = "Where it is mounted.")
    Path directory = Path.of("");

    @Override
    public Integer call() throws Exception {
        if (!FuseMount.unmount(directory, force)) {
            throw FailureException.of(
                    FailureCode.BUSY,
                    "programs use " + directory + "; 'fuser -vm " + directory + "' names them");
        }
        return ExitCodes.DONE;
    }
}
