package holdfast.app.cli;

import holdfast.app.bench.ScratchFolder;
import holdfast.app.config.ServersFile;
import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Address;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Walks through a cell of four server processes with three client programs. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Start a cell of four server processes, and walk through it:",
            "files on two servers, a writer that waits for another, and the cache."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  holdfast demo", "  holdfast demo --hold 10s"})
final class DemoCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String EXAMPLES = "holdfast.examples.";

    @Option(
            names = "--hold",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = People.DurationConverter.class,
            description = "How long the first writer keeps its file (default: ${DEFAULT-VALUE}).")
    Duration hold = Duration.ofSeconds(5);

    @Option(names = "--debug", description = "Show stack traces.")
    boolean debug;

    private final PrintStream out = System.out;

    @Override
    public Integer call() throws Exception {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        try (ScratchFolder scratch = ScratchFolder.in(parent, "holdfast-demo");
                Programs programs = new Programs(out)) {
            Path folder = scratch.path();
            Address directory = new Address("127.0.0.1", Programs.freePort());
            step("four servers, each a process of its own, in " + folder);
            startServers(programs, folder, directory);
            awaitServers(folder, directory);
            walk(programs, folder, directory);
            out.println();
            out.println("done: every step did what it says");
        }
        return ExitCodes.DONE;
    }

    private void step(String what) {
        out.println();
        out.println("* " + what);
    }

    private void startServers(Programs programs, Path folder, Address directory)
            throws IOException, InterruptedException {
        Address locking = new Address("127.0.0.1", Programs.freePort());
        Files.writeString(folder.resolve("servers.json"), ServersFile.text(directory, locking));
        Files.writeString(folder.resolve("fs1.json"), config("\"/etc\", \"/src\"", directory, 1));
        Files.writeString(folder.resolve("fs2.json"), config("\"/home\"", directory, 2));
        programs.holdfast(
                "directory server", folder, "directory-server", "--port", port(directory));
        programs.holdfast(
                "locking server",
                folder,
                "locking-server",
                "--port",
                port(locking),
                "--directory",
                directory.toString());
        for (int i = 1; i <= 2; i++) {
            programs.holdfast(
                    "file server " + i,
                    folder,
                    "file-server",
                    "--port",
                    String.valueOf(Programs.freePort()),
                    "--config",
                    "fs" + i + ".json");
        }
    }

    private static String config(String directories, Address directory, int number) {
        return """
            {"serving_dirs": [%s], "directory_server": "http://%s/", "files_root": "./fs%d_root"}
            """.formatted(directories, directory, number);
    }

    private static void awaitServers(Path folder, Address directory)
            throws InterruptedException, CellException {
        CellOptions options = CellOptions.at(directory.toString())
                .withCache(folder.resolve("cache-demo"))
                .withTimeout(PATIENCE)
                .asOneShot();
        try (Cell cell = Cell.connect(options)) {
            for (int tries = 0; tries < 300; tries++) {
                if (up(cell) == 3) {
                    return;
                }
                new CountDownLatch(1).await(200, TimeUnit.MILLISECONDS);
            }
        }
        throw FailureException.of(FailureCode.TIMED_OUT, "the servers did not come up");
    }

    private static long up(Cell cell) throws CellException {
        return cell.administration().servers().stream()
                .filter(Cell.Administration.ServerInfo::up)
                .count();
    }

    private void walk(Programs programs, Path folder, Address directory)
            throws IOException, InterruptedException {
        String at = directory.toString();
        step("Client1 writes on both file servers, then keeps /etc/blub open");
        Programs.Program first = programs.start(
                "Client1",
                folder,
                EXAMPLES + "Client1",
                at,
                "cache-1",
                String.valueOf(hold.toSeconds()));
        first.awaitLine("has /etc/blub open", PATIENCE);
        step("Client2 wants to write /etc/blub meanwhile");
        Programs.Program second =
                programs.start("Client2", folder, EXAMPLES + "Client2", at, "cache-2");
        second.awaitLine("waits for", PATIENCE);
        first.awaitEnd(PATIENCE.plus(hold));
        second.awaitEnd(PATIENCE);
        second.awaitLine("says: from Client2", PATIENCE);
        step("ClientCaching reads a file twice");
        Programs.Program third =
                programs.start("ClientCaching", folder, EXAMPLES + "ClientCaching", at, "cache-3");
        third.awaitEnd(PATIENCE);
        third.awaitLine("from the cache", PATIENCE);
    }

    private static String port(Address address) {
        return String.valueOf(address.port());
    }
}
