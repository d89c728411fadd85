package holdfast.app.cli;

import holdfast.app.cell.FileServer;
import holdfast.app.cell.RunningServer;
import holdfast.app.config.FileServerConfig;
import holdfast.app.config.ServersFile;
import holdfast.wire.transport.Address;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.List;

/** Runs a file server. */
@Command(
        name = "file-server",
        description = {
            "Run a file server: it keeps the files of the directories that its configuration"
                    + " names.",
            "With an empty files_root it becomes a replica of the file servers that name just the"
                    + " same directories, if there are any.",
        },
        footer = {
            "  holdfast file-server --port 8006 --config fs1.json",
            "with fs1.json:",
            "  {\"serving_dirs\": [\"/etc\", \"/src\"], \"directory_server\":"
                    + " \"http://127.0.0.1:8002/\",",
            "   \"files_root\": \"./fs1_root\", \"zone\": \"rack-1\"}",
            "before and after its maintenance:",
            "  holdfast file-server drain 127.0.0.1:8006",
            "  holdfast file-server undrain 127.0.0.1:8006"
        },
        subcommands = {DrainCommand.class, DrainCommand.Undrain.class})
final class FileServerCommand extends ServerCommand {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "" + ServersFile.FILES_PORT,
            description = "Default: ${DEFAULT-VALUE}.")
    int port = ServersFile.FILES_PORT;

    @Option(names = "--config", paramLabel = "FILE", description = "Its configuration, as below.")
    @Nullable
    Path config;

    @Option(
            names = "--zone",
            paramLabel = "NAME",
            description = "What fails together with it, such as a rack (default: \"zone\" in its"
                    + " configuration). Replicas are picked from different zones.")
    @Nullable
    String zone;

    @Option(
            names = "--catch-up",
            paramLabel = "SIZE",
            converter = People.SizeConverter.class,
            description = "How much it brings a second, at most, of contents that it lacks from"
                    + " its fellow replicas (default: 64MiB).")
    @Nullable
    Long catchUp;

    @Option(
            names = "--join",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "File servers whose replica this one becomes, with an empty files_root,"
                    + " whatever directories they name.")
    List<String> join = List.of();

    @Override
    public Integer call() throws Exception {
        if (config == null) {
            throw new ParameterException(
                    spec.commandLine(), "Missing required option: '--config=FILE'");
        }
        FileServerConfig read = FileServerConfig.read(config);
        FileServerConfig placed = zone == null ? read : read.inZone(zone);
        FileServerConfig paced = catchUp == null ? placed : placed.catchingUp(catchUp);
        try (RunningServer server = FileServer.start(
                at(port), paced, join.stream().map(Address::parse).toList(), surroundings())) {
            out.println("file server at " + server.address() + ", serving " + read.servingDirs()
                    + " from " + read.filesRoot().toAbsolutePath().normalize());
            return serve(server.over());
        }
    }
}
