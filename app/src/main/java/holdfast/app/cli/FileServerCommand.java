package holdfast.app.cli;

import holdfast.app.cell.FileServer;
import holdfast.app.cell.RunningServer;
import holdfast.app.config.FileServerConfig;
import holdfast.app.config.ServersFile;
import holdfast.wire.transport.Address;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;

/** Runs a file server. */
@Command(
        name = "file-server",
        description =
                "Run a file server: it keeps the files of the directories that its configuration"
                    + " names. With an empty files_root it becomes a replica of the file servers"
                    + " that name just the same directories, if there are any.",
        footer = {
            "  holdfast file-server --port 8006 --config fs1.json",
            "with fs1.json:",
            "  {\"serving_dirs\": [\"/etc\", \"/src\"], \"directory_server\":"
                    + " \"http://127.0.0.1:8002/\",",
            "   \"files_root\": \"./fs1_root\"}"
        })
final class FileServerCommand extends ServerCommand {
    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "" + ServersFile.FILES_PORT,
            description = "Default: ${DEFAULT-VALUE}.")
    int port = ServersFile.FILES_PORT;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            required = true,
            description = "Its configuration, as below.")
    Path config = Path.of("");

    @Option(
            names = "--join",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "File servers whose replica this one becomes, with an empty files_root,"
                    + " whatever directories they name.")
    List<String> join = List.of();

    @Override
    public Integer call() throws Exception {
        FileServerConfig read = FileServerConfig.read(config);
        try (RunningServer server = FileServer.start(
                at(port), read, join.stream().map(Address::parse).toList(), surroundings())) {
            out.println("file server at " + server.address() + ", serving " + read.servingDirs()
                    + " from " + read.filesRoot().toAbsolutePath().normalize());
            return serve(server.over());
        }
    }
}
