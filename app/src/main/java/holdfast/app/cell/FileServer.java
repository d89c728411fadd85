package holdfast.app.cell;

import holdfast.app.config.FileServerConfig;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.server.chunk.DiskChunkStore;
import holdfast.server.files.FileService;
import holdfast.server.folder.DataFolder;
import holdfast.server.registration.News;
import holdfast.server.registration.Registrar;
import holdfast.server.registration.Space;
import holdfast.server.replication.LogHost;
import holdfast.server.table.RocksTable;
import holdfast.server.volume.VolumeState;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Starts a file server. */
public final class FileServer {
    private static final String ROLE = "files";
    private static final Duration TAKE_OVER_MAX = Duration.ofSeconds(30);

    private FileServer() {}

    /** Starts one as {@code config} says. */
    public static RunningServer start(
            Address listen, FileServerConfig config, Surroundings surroundings) {
        Closing parts = new Closing();
        try {
            DataFolder folder = parts.add(DataFolder.open(config.filesRoot(), ROLE));
            DiskChunkStore chunks = parts.add(new DiskChunkStore(folder.path()));
            RocksTable table = parts.add(new RocksTable(folder.path().resolve("namespace")));
            VolumeState state = new VolumeState(table);
            LogHost host = parts.add(LogHost.start(
                    folder.path().resolve("log"),
                    Map.of(folder.id(), state),
                    surroundings.startDeadline()));
            CompletableFuture<FileService> started = new CompletableFuture<>();
            Registered registered =
                    new Registered(news -> assign(started.join(), news, surroundings));
            FileService service = parts.add(new FileService(
                    host.log(folder.id()),
                    state,
                    chunks,
                    registered::seal,
                    surroundings.ticker(),
                    surroundings.clock(),
                    new FileService.Names(folder.id().toString(), folder.id().toString()),
                    FileService.Settings.STANDARD));
            started.complete(service);
            TcpServer server = parts.add(TcpServer.start(
                    listen,
                    service.service(),
                    TcpServer.Settings.DEFAULT.named(
                            folder.id().toString(), "", surroundings.release())));
            TcpTransport transport = parts.add(new TcpTransport());
            parts.add(Registrar.start(
                    transport,
                    config.directoryServers(),
                    self(folder, server.address(), config, surroundings),
                    () -> new Space(chunks.capacityBytes(), Math.max(0, chunks.freeBytes())),
                    registered,
                    surroundings.ticker()));
            return new RunningServer(server.address(), registered.refusal(), parts);
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    private static void assign(FileService service, News news, Surroundings surroundings) {
        service.volumes(
                news.volumes(),
                news.mapVersion(),
                Deadline.in(TAKE_OVER_MAX, surroundings.ticker()));
    }

    private static RegisterServer self(
            DataFolder folder,
            Address address,
            FileServerConfig config,
            Surroundings surroundings) {
        return RegisterServer.newBuilder()
                .setServer(folder.id().toString())
                .setRole(Role.FILES)
                .setAddress(address.toString())
                .setGroup(folder.id().toString())
                .addAllDirectories(
                        config.servingDirs().stream().map(CellPath::toString).toList())
                .setRelease(surroundings.release())
                .build();
    }
}
