package holdfast.app.cell;

import holdfast.app.cell.ServerParts.Newcomer;
import holdfast.server.locking.LockingState;
import holdfast.server.locking.service.LockingService;
import holdfast.server.locking.service.Settings;
import holdfast.server.registration.Space;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;

import java.util.List;

/** Starts a locking server. */
public final class LockingServer {
    private LockingServer() {}

    /** Starts one that registers with the directory server at one of {@code directory}. */
    public static RunningServer start(
            Place place, List<Address> directory, Surroundings surroundings) {
        return ServerParts.build(Role.LOCKING, place, surroundings, Newcomer.FOUNDS, parts -> {
            LockingState state = new LockingState();
            ServerParts.Replica replica = parts.replica(state);
            LockingService service = parts.add(new LockingService(
                            replica.log(),
                            state,
                            parts::seal,
                            parts::administrators,
                            surroundings.clock(),
                            surroundings.ticker(),
                            Settings.DEFAULT)
                    .start());
            Address address = parts.listen(service.service(), replica);
            RegisterServer.Builder self = RegisterServer.newBuilder()
                    .setRole(Role.LOCKING)
                    .setAddress(address.toString());
            parts.register(directory, self, () -> Space.NONE, news -> {});
            return address;
        });
    }
}
