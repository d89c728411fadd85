package holdfast.app.cli;

import holdfast.app.config.Folders;
import holdfast.app.config.ServersFile;
import holdfast.client.files.Cell;
import holdfast.client.files.CellOptions;
import holdfast.model.path.CellPath;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** A command that talks to a cell: its common options, and the connection. */
@Command(mixinStandardHelpOptions = true, sortOptions = false, footerHeading = "%nExamples:%n")
abstract class ClientCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--servers",
            order = 91,
            paramLabel = "FILE",
            description =
                    "Servers file (default: $HOLDFAST_SERVERS, ./servers.json, then the user's"
                            + " configuration, then /etc/holdfast/servers.json).")
    @Nullable
    Path servers;

    @Option(
            names = "--cache",
            order = 92,
            paramLabel = "DIR",
            description = "Cache folder (default: $HOLDFAST_CACHE, then the user's cache folder).")
    @Nullable
    Path cache;

    @Option(
            names = "--cache-size",
            order = 93,
            paramLabel = "SIZE",
            converter = People.SizeConverter.class,
            description = "Cache budget, such as 10GiB.")
    @Nullable
    Long cacheSize;

    @Option(
            names = "--timeout",
            order = 94,
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = People.DurationConverter.class,
            description = "How long a call may take (default: ${DEFAULT-VALUE}).")
    Duration timeout = Duration.ofSeconds(30);

    @Option(
            names = "--json",
            order = 95,
            description = "One JSON object for each result, one a line.")
    boolean json;

    @Option(names = "--debug", order = 96, description = "Show stack traces and the log.")
    boolean debug;

    final PrintStream err = System.err;

    @Override
    public final Integer call() throws Exception {
        inherit();
        Output out = new Output(System.out, json);
        try (Cell cell = Cell.connect(options())) {
            return run(cell, out);
        }
    }

    /** What stands before a subcommand's name holds for the subcommand too. */
    private void inherit() {
        if (spec.parent() == null || !(spec.parent().userObject() instanceof ClientCommand above)) {
            return;
        }
        servers = servers == null ? above.servers : servers;
        cache = cache == null ? above.cache : cache;
        cacheSize = cacheSize == null ? above.cacheSize : cacheSize;
        json |= above.json;
        if (!spec.commandLine().getParseResult().hasMatchedOption("--timeout")) {
            timeout = above.timeout;
        }
    }

    /** The command line as it was given. */
    final List<String> given() {
        return spec.commandLine().getParseResult().originalArgs();
    }

    /** Does the work; returns the exit code. */
    abstract int run(Cell cell, Output out) throws IOException;

    /** Whether this makes a few calls and ends, so that it asks for no promises. */
    boolean oneShot() {
        return true;
    }

    /** Where the cell is. */
    ServersFile serversFile() {
        return ServersFile.find(Optional.ofNullable(servers), System.getenv(), Path.of(""));
    }

    final CellOptions options() {
        ServersFile found = serversFile();
        CellOptions options = new CellOptions(
                found.directoryServers().stream().map(Object::toString).toList(),
                found.lockingServers().stream().map(Object::toString).toList(),
                Optional.of(cache == null ? Folders.of(System.getenv()).cache() : cache),
                Optional.ofNullable(cacheSize),
                Optional.empty(),
                java.util.List.of(),
                timeout,
                false);
        return oneShot() ? options.asOneShot() : options;
    }

    static CellPath path(String text) {
        return CellPath.parse(text);
    }

    /** Whether standard error is a terminal, so that progress makes sense there. */
    final boolean terminal() {
        return !json
                && Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .isPresent();
    }
}
