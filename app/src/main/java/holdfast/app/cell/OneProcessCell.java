package holdfast.app.cell;

import holdfast.app.config.FileServerConfig;
import holdfast.app.config.ServersFile;
import holdfast.model.failure.Failure;
import holdfast.model.path.CellPath;
import holdfast.server.folder.SmallFile;
import holdfast.wire.transport.Address;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * A whole cell in this process: a directory server, a locking server and a file server that serves
 * {@code /}.
 *
 * @param serversFile written for clients
 */
public record OneProcessCell(Path serversFile, List<RunningServer> servers)
        implements AutoCloseable {
    /** Starts one in {@code data}; the addresses' ports are those of the three roles. */
    public static OneProcessCell start(
            Address directory,
            Address locking,
            Address files,
            Path data,
            Surroundings surroundings) {
        return Closing.allOrNone(parts -> {
            RunningServer first = parts.add(DirectoryServer.start(
                    new Place(directory, data.resolve("directory")), surroundings));
            List<Address> directories = List.of(first.address());
            RunningServer second = parts.add(LockingServer.start(
                    new Place(locking, data.resolve("locking")), directories, surroundings));
            FileServerConfig config = new FileServerConfig(
                    List.of(CellPath.ROOT),
                    directories,
                    data.resolve("files"),
                    Optional.empty(),
                    OptionalLong.empty());
            RunningServer third =
                    parts.add(FileServer.start(files, config, List.of(), surroundings));
            Path written = data.resolve("servers.json").toAbsolutePath();
            String text = ServersFile.text(first.address(), second.address());
            SmallFile.write(written, text.getBytes(StandardCharsets.UTF_8));
            return new OneProcessCell(written, List.of(first, second, third));
        });
    }

    /** Completes when one of its servers can't go on. */
    public CompletableFuture<Failure> over() {
        CompletableFuture<Failure> first = new CompletableFuture<>();
        servers.forEach(server -> {
            var unused = server.over().thenAccept(first::complete);
        });
        return first;
    }

    @Override
    public void close() {
        Closing parts = new Closing();
        servers.forEach(parts::add);
        parts.close();
    }
}
