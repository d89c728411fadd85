package holdfast.app.cli;

import holdfast.app.cell.LockingServer;
import holdfast.app.cell.RunningServer;
import holdfast.app.config.ServersFile;
import holdfast.wire.transport.Address;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;

/** Runs a locking server. */
@Command(
        name = "locking-server",
        description =
                "Run a locking server: it sees to it that each file has one writer at a time.",
        footer = {
            "  holdfast locking-server --port 8004 --data ./locking --directory 127.0.0.1:8002",
            "  holdfast locking-server --port 8014 --data ./locking-2 --directory 127.0.0.1:8002"
                    + " \\",
            "    --join 127.0.0.1:8004"
        })
final class LockingServerCommand extends ServerCommand {
    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "" + ServersFile.LOCKING_PORT,
            description = "Default: ${DEFAULT-VALUE}.")
    int port = ServersFile.LOCKING_PORT;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "locking-data",
            description = "Its data folder (default: ./${DEFAULT-VALUE}).")
    Path data = Path.of("locking-data");

    @Option(
            names = "--directory",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "The directory servers (default: as clients find them).")
    List<String> directory = List.of();

    @Option(
            names = "--join",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "Locking servers that there are; with an empty data folder this one becomes"
                            + " another member of their group.")
    List<String> join = List.of();

    @Override
    public Integer call() throws Exception {
        List<Address> directories = directory.isEmpty()
                ? servers(null).directoryServers()
                : directory.stream().map(Address::parse).toList();
        try (RunningServer server =
                LockingServer.start(place(port, data, join), directories, surroundings())) {
            out.println("locking server at " + server.address() + ", data in "
                    + data.toAbsolutePath().normalize() + ", directory server "
                    + directories.getFirst());
            return serve(server.over());
        }
    }
}
