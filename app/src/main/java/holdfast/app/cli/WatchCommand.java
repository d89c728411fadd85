package holdfast.app.cli;

import holdfast.client.files.Cell;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Prints changes as they happen. */
@Command(
        name = "watch",
        description = "Print changes of files and directories as they happen, until Ctrl-C.",
        footer = {"  holdfast watch /home/anna", "  holdfast watch --count 1 /notes.txt && make"})
final class WatchCommand extends ClientCommand {
    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "0",
            description = "End after so many changes (default: never).")
    int count;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            defaultValue = "7d",
            converter = People.DurationConverter.class,
            description = "End after this long (default: ${DEFAULT-VALUE}).")
    Duration length = Duration.ofDays(7);

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "What to watch.")
    List<String> paths = new ArrayList<>();

    @Override
    boolean oneShot() {
        return false;
    }

    @Override
    int run(Cell cell, Output out) throws IOException {
        CountDownLatch enough = new CountDownLatch(count <= 0 ? 1 : count);
        List<Cell.Watch> watches = new ArrayList<>();
        try {
            for (String path : paths) {
                watches.add(cell.watch(path(path), change -> show(out, change, enough)));
            }
            err.println("watching " + String.join(", ", paths));
            boolean seen = enough.await(length.toMillis(), TimeUnit.MILLISECONDS);
            return seen || count <= 0 ? ExitCodes.DONE : ExitCodes.TEMPORARY;
        } catch (InterruptedException e) {
            return ExitCodes.INTERRUPTED;
        } finally {
            watches.forEach(Cell.Watch::close);
        }
    }

    private void show(Output out, Cell.Change change, CountDownLatch enough) {
        String kind = change.kind().name().toLowerCase(Locale.ROOT);
        synchronized (enough) {
            if (count > 0 && enough.getCount() == 0) {
                return;
            }
            out.object(
                    Output.fields(
                            "path",
                            change.path().toString(),
                            "kind",
                            kind,
                            "seen",
                            change.seen().toString()),
                    change.seen() + "  " + kind + "  " + change.path());
            out.stream().flush();
            if (count > 0) {
                enough.countDown();
            }
        }
    }
}
