package holdfast.client.testing;

import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.server.security.Administrators;
import holdfast.wire.transport.Service;

import java.nio.file.Path;
import java.util.List;

/** The directory server. */
final class TestingDirectory extends TestingServer {
    TestingDirectory(Path folder) {
        super(folder);
    }

    @Override
    Service build() {
        DirectoryState state = new DirectoryState();
        return new DirectoryService(
                        log(state),
                        state,
                        List::of,
                        clock,
                        ticker,
                        Administrators.of(List.of(System.getProperty("user.name"))))
                .start()
                .service();
    }

    @Override
    void register() {}
}
