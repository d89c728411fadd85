package holdfast.app.cell;

import holdfast.app.cell.ServerParts.Newcomer;
import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.wire.proto.Role;

/** Starts a directory server. */
public final class DirectoryServer {
    private DirectoryServer() {}

    /** Starts one at {@code place}. */
    public static RunningServer start(Place place, Surroundings surroundings) {
        return ServerParts.build(Role.DIRECTORY, place, surroundings, Newcomer.FOUNDS, parts -> {
            parts.administeredBy(surroundings.administrators());
            DirectoryState state = new DirectoryState();
            ServerParts.Replica replica = parts.replica(state);
            DirectoryService service = new DirectoryService(
                            replica.log(),
                            state,
                            replica.membership()::addresses,
                            surroundings.clock(),
                            surroundings.ticker(),
                            surroundings.administrators())
                    .start();
            return parts.listen(service.service(), replica);
        });
    }
}
