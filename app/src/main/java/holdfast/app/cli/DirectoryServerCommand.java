package holdfast.app.cli;

import holdfast.app.cell.DirectoryServer;
import holdfast.app.cell.RunningServer;
import holdfast.app.config.ServersFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;

/** Runs a directory server. */
@Command(
        name = "directory-server",
        description = "Run a directory server: it knows which directory is on which file server.",
        footer = "  holdfast directory-server --host 127.0.0.1 --port 8002 --data ./directory")
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

    @Mixin
    AdministratorOptions administrators = new AdministratorOptions();

    @Override
    public Integer call() throws Exception {
        try (RunningServer server =
                DirectoryServer.start(at(port), data, administrators.in(surroundings()))) {
            out.println("directory server at " + server.address() + ", data in "
                    + data.toAbsolutePath().normalize());
            return serve(server.over());
        }
    }
}
