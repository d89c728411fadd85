package holdfast.app.cell;

import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.wire.transport.Address;

import java.nio.file.Path;

/** Starts a directory server. */
public final class DirectoryServer {
    private DirectoryServer() {}

    /** Starts one that keeps its state in {@code data}. */
    public static RunningServer start(Address listen, Path data, Surroundings surroundings) {
        return ServerParts.build("directory", data, surroundings, parts -> {
            DirectoryState state = new DirectoryState();
            DirectoryService service = new DirectoryService(
                            parts.log(state),
                            state,
                            surroundings.clock(),
                            surroundings.ticker(),
                            surroundings.administrators())
                    .start();
            return parts.listen(listen, service.service());
        });
    }
}
