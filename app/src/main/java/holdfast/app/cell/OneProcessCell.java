package holdfast.app.cell;

import holdfast.app.config.FileServerConfig;
import holdfast.app.config.ServersFile;
import holdfast.model.path.CellPath;
import holdfast.wire.transport.Address;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
        Closing parts = new Closing();
        try {
            RunningServer first = parts.add(
                    DirectoryServer.start(directory, data.resolve("directory"), surroundings));
            List<Address> directories = List.of(first.address());
            RunningServer second = parts.add(LockingServer.start(
                    locking, data.resolve("locking"), directories, surroundings));
            FileServerConfig config = new FileServerConfig(
                    List.of(CellPath.ROOT), directories, data.resolve("files"));
            RunningServer third = parts.add(FileServer.start(files, config, surroundings));
            Path written = data.resolve("servers.json");
            Files.writeString(written, ServersFile.text(first.address(), second.address()));
            return new OneProcessCell(written.toAbsolutePath(), List.of(first, second, third));
        } catch (IOException e) {
            parts.close();
            throw new UncheckedIOException(
                    "the servers file can't be written: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    @Override
    public void close() {
        Closing parts = new Closing();
        servers.forEach(parts::add);
        parts.close();
    }
}
