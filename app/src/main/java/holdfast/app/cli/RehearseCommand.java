package holdfast.app.cli;

import holdfast.app.bench.ScratchFolder;
import holdfast.app.cell.OneProcessCell;
import holdfast.app.cell.Surroundings;
import holdfast.app.config.Folders;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Address;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * Does a little of what commands and servers do, in one process, so that the build can note which
 * classes that takes: with them noted, each command starts in half the time.
 */
@Command(name = "rehearse", hidden = true, description = "Used by the build.")
final class RehearseCommand implements Callable<Integer> {
    private static final int LARGE = 3 << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(names = "--apart", description = "The servers in a process of their own.")
    boolean apart;

    @Override
    public Integer call() throws Exception {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        PrintStream out = System.out;
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        try (ScratchFolder scratch = ScratchFolder.in(parent, "holdfast-rehearsal");
                AutoCloseable _ = apart
                        ? servers(new Programs(nowhere), scratch.path())
                        : cell(scratch.path())) {
            System.setOut(nowhere);
            play(scratch.path());
        } finally {
            System.setOut(out);
        }
        return ExitCodes.DONE;
    }

    private static OneProcessCell cell(Path folder) throws IOException {
        return OneProcessCell.start(
                free(),
                free(),
                free(),
                folder.resolve("data"),
                Surroundings.ofThisMachine(Release.version()));
    }

    private static Programs servers(Programs programs, Path folder)
            throws IOException, InterruptedException {
        programs.start(
                        "serve",
                        folder,
                        Main.class.getName(),
                        "serve",
                        "--data",
                        "data",
                        "--directory-port",
                        String.valueOf(Programs.freePort()),
                        "--locking-port",
                        String.valueOf(Programs.freePort()),
                        "--files-port",
                        String.valueOf(Programs.freePort()))
                .awaitLine("clients find it by", PATIENCE);
        return programs;
    }

    private static Address free() throws IOException {
        return new Address("127.0.0.1", Programs.freePort());
    }

    private static void play(Path folder) throws IOException {
        Path _ =
                Folders.of(System.getenv()).cache(); // where a command's cache is when it says none
        String servers = folder.resolve("data").resolve("servers.json").toString();
        Path tree = Files.createDirectories(folder.resolve("tree"));
        Files.write(tree.resolve("large"), new byte[LARGE]);
        Files.writeString(tree.resolve("small"), "small");
        String copy = folder.resolve("copy").toString();
        List<List<String>> commands = List.of(
                List.of("put", "-r", tree.toString(), "/tree"),
                List.of("ls", "-lR", "/"),
                List.of("get", "-r", "/tree", copy),
                List.of("cat", "/tree/small"),
                List.of("stat", "/tree/large"),
                List.of("cp", "/tree/small", "/tree/other"),
                List.of("mv", "/tree/other", "/tree/moved"),
                List.of("put", tree.resolve("large").toString(), "/tree/small"),
                List.of("locks"),
                List.of("servers"),
                List.of("status", "--json"),
                List.of("rm", "-r", "/tree"));
        for (List<String> command : commands) {
            run(command, List.of("--servers", servers, "--cache", folder + "/cache"));
        }
    }

    private static void run(List<String> command, List<String> options) {
        List<String> whole = Stream.of(command, options).flatMap(List::stream).toList();
        if (Main.run(whole.toArray(String[]::new)) != ExitCodes.DONE) {
            throw FailureException.of(FailureCode.INTERNAL, "failed: " + whole);
        }
    }
}
