package holdfast.app.cli;

import holdfast.app.cell.Place;
import holdfast.app.cell.Surroundings;
import holdfast.app.config.ServersFile;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Address;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A command that serves until it is stopped. */
@Command(mixinStandardHelpOptions = true, sortOptions = false, footerHeading = "%nExamples:%n")
abstract class ServerCommand implements Callable<Integer> {
    private static final Duration CLOSING_MAX = Duration.ofSeconds(20);

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description =
                    "Where to listen; only loopback addresses until there are identities (default:"
                            + " ${DEFAULT-VALUE}).")
    String host = "127.0.0.1";

    @Option(names = "--debug", description = "Show stack traces.")
    boolean debug;

    final PrintStream out = System.out;

    final Address at(int port) {
        return new Address(host, port);
    }

    final Place place(int port, Path data, List<String> join) {
        return new Place(at(port), data, join.stream().map(Address::parse).toList());
    }

    static Surroundings surroundings() {
        return Surroundings.ofThisMachine(Release.version());
    }

    static ServersFile servers(@Nullable Path given) {
        return ServersFile.find(Optional.ofNullable(given), System.getenv(), Path.of(""));
    }

    /** Serves until the process is asked to end, or the server can't go on. */
    static int serve(CompletableFuture<Failure> over) throws ExecutionException {
        try {
            FailureException failure = over.get().exception();
            endSoon(failure);
            throw failure;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCodes.of(FailureCode.CANCELLED);
        }
    }

    /** Whose disk has failed may fail to close, too: the process ends all the same. */
    private static void endSoon(FailureException failure) {
        Thread.ofPlatform().daemon().name("end").start(() -> {
            try {
                Thread.sleep(CLOSING_MAX);
                Runtime.getRuntime().halt(new Errors(System.err).say(failure));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
