package holdfast.app.cli;

import holdfast.app.cell.OneProcessCell;
import holdfast.app.config.Folders;
import holdfast.app.config.ServersFile;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;

/** Runs a whole cell. */
@Command(
        name = "serve",
        description =
                "Run a whole cell in this process: directory, locking and file server, serving /.",
        footer = {"  holdfast serve", "  holdfast serve --data /srv/holdfast"})
final class ServeCommand extends ServerCommand {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Its data folder (default: the user's data folder).")
    @Nullable
    Path data;

    @Option(
            names = "--directory-port",
            paramLabel = "PORT",
            defaultValue = "" + ServersFile.DIRECTORY_PORT,
            description = "Default: ${DEFAULT-VALUE}.")
    int directoryPort = ServersFile.DIRECTORY_PORT;

    @Option(
            names = "--locking-port",
            paramLabel = "PORT",
            defaultValue = "" + ServersFile.LOCKING_PORT,
            description = "Default: ${DEFAULT-VALUE}.")
    int lockingPort = ServersFile.LOCKING_PORT;

    @Option(
            names = "--files-port",
            paramLabel = "PORT",
            defaultValue = "" + ServersFile.FILES_PORT,
            description = "Default: ${DEFAULT-VALUE}.")
    int filesPort = ServersFile.FILES_PORT;

    @Mixin
    AdministratorOptions administrators = new AdministratorOptions();

    @Override
    public Integer call() throws Exception {
        Path folder = data == null ? Folders.of(System.getenv()).data().resolve("cell") : data;
        try (OneProcessCell cell = OneProcessCell.start(
                at(directoryPort),
                at(lockingPort),
                at(filesPort),
                folder,
                administrators.in(surroundings()))) {
            String servers = directoryPort == ServersFile.DIRECTORY_PORT
                    ? ""
                    : " --servers " + cell.serversFile();
            out.println(
                    "a cell is up; its data is in " + folder.toAbsolutePath().normalize());
            out.println("clients find it by " + cell.serversFile());
            out.println("try:");
            out.println("  holdfast put" + servers + " README.md /readme");
            out.println("  holdfast ls" + servers + " -l /");
            out.println("  holdfast edit" + servers + " /readme");
            out.flush();
            return serve(cell.over());
        }
    }
}
