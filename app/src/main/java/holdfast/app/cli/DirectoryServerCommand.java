package holdfast.app.cli;

import holdfast.app.cell.DirectoryServer;
import holdfast.app.cell.RunningServer;
import holdfast.app.config.ServersFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;

/** Runs a directory server. */
@Command(
        name = "directory-server",
        description = "Run a directory server: it knows which directory is on which file server.",
        footer = {
            "  holdfast directory-server --port 8002 --data ./directory",
            "  holdfast directory-server --port 8012 --data ./directory-2 --join 127.0.0.1:8002"
        })
final class DirectoryServerCommand extends ServerCommand {
    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "" + ServersFile.DIRECTORY_PORT,
            description = "Default: ${DEFAULT-VALUE}.")
    int port = ServersFile.DIRECTORY_PORT;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "directory-data",
            description = "Its data folder (default: ./${DEFAULT-VALUE}).")
    Path data = Path.of("directory-data");

    @Option(
            names = "--join",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "Directory servers that there are; with an empty data folder this one becomes"
                            + " another member of their group.")
    List<String> join = List.of();

    @Mixin
    AdministratorOptions administrators = new AdministratorOptions();

    @Override
    public Integer call() throws Exception {
        try (RunningServer server =
                DirectoryServer.start(place(port, data, join), administrators.in(surroundings()))) {
            out.println("directory server at " + server.address() + ", data in "
                    + data.toAbsolutePath().normalize());
            return serve(server.over());
        }
    }
}
