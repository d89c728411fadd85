package holdfast.client.testing;

import holdfast.server.directory.DirectoryState;
import holdfast.server.directory.service.DirectoryService;
import holdfast.wire.transport.Service;

import java.nio.file.Path;

/** The directory server. */
final class TestingDirectory extends TestingServer {
    TestingDirectory(Path folder) {
        super(folder);
    }

    @Override
    Service build() {
        DirectoryState state = new DirectoryState();
        return new DirectoryService(log(state), state, clock, ticker).start().service();
    }

    @Override
    void register() {}
}
