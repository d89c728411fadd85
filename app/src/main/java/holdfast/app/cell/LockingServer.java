package holdfast.app.cell;

import holdfast.server.folder.DataFolder;
import holdfast.server.locking.LockingState;
import holdfast.server.locking.service.LockingService;
import holdfast.server.locking.service.Settings;
import holdfast.server.registration.Registrar;
import holdfast.server.registration.Space;
import holdfast.server.replication.LogHost;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Starts a locking server. */
public final class LockingServer {
    private static final String ROLE = "locking";

    private LockingServer() {}

    /** Starts one that registers with the directory server at one of {@code directory}. */
    public static RunningServer start(
            Address listen, Path data, List<Address> directory, Surroundings surroundings) {
        Closing parts = new Closing();
        try {
            DataFolder folder = parts.add(DataFolder.open(data, ROLE));
            LockingState state = new LockingState();
            LogHost host = parts.add(LogHost.start(
                    folder.path().resolve("log"),
                    Map.of(folder.id(), state),
                    surroundings.startDeadline()));
            Registered registered = new Registered(news -> {});
            LockingService service = parts.add(new LockingService(
                            host.log(folder.id()),
                            state,
                            registered::seal,
                            surroundings.clock(),
                            surroundings.ticker(),
                            Settings.DEFAULT)
                    .start());
            TcpServer server = parts.add(TcpServer.start(
                    listen,
                    service.service(),
                    TcpServer.Settings.DEFAULT.named(
                            folder.id().toString(), "", surroundings.release())));
            RegisterServer self = RegisterServer.newBuilder()
                    .setServer(folder.id().toString())
                    .setRole(Role.LOCKING)
                    .setAddress(server.address().toString())
                    .setRelease(surroundings.release())
                    .build();
            TcpTransport transport = parts.add(new TcpTransport());
            parts.add(Registrar.start(
                    transport,
                    directory,
                    self,
                    () -> Space.NONE,
                    registered,
                    surroundings.ticker()));
            return new RunningServer(server.address(), registered.refusal(), parts);
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }
}
