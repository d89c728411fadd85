package holdfast.app.cell;

import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.server.folder.DataFolder;
import holdfast.server.replication.LogHost;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpServer;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Starts a directory server. */
public final class DirectoryServer {
    private static final String ROLE = "directory";

    private DirectoryServer() {}

    /** Starts one that keeps its state in {@code data}. */
    public static RunningServer start(Address listen, Path data, Surroundings surroundings) {
        Closing parts = new Closing();
        try {
            DataFolder folder = parts.add(DataFolder.open(data, ROLE));
            DirectoryState state = new DirectoryState();
            LogHost host = parts.add(LogHost.start(
                    folder.path().resolve("log"),
                    Map.of(folder.id(), state),
                    surroundings.startDeadline()));
            DirectoryService service = new DirectoryService(
                            host.log(folder.id()),
                            state,
                            surroundings.clock(),
                            surroundings.ticker())
                    .start();
            TcpServer server = parts.add(TcpServer.start(
                    listen,
                    service.service(),
                    TcpServer.Settings.DEFAULT.named(
                            folder.id().toString(), "", surroundings.release())));
            return new RunningServer(server.address(), new CompletableFuture<>(), parts);
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }
}
