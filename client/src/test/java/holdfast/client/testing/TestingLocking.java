package holdfast.client.testing;

import holdfast.server.locking.LockingState;
import holdfast.server.locking.service.LockingService;
import holdfast.server.locking.service.Settings;
import holdfast.server.registration.Space;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;

import java.nio.file.Path;
import java.time.Duration;

/** The locking server. */
final class TestingLocking extends TestingServer {
    private static final Duration COMMIT = Duration.ofSeconds(10);

    private final Address directory;
    private final Duration sessionTime;

    TestingLocking(Path folder, Address directory, Duration sessionTime) {
        super(folder);
        this.directory = directory;
        this.sessionTime = sessionTime;
    }

    @Override
    Service build() {
        LockingState state = new LockingState();
        Settings settings = new Settings(sessionTime, COMMIT);
        LockingService service = new LockingService(
                log(state), state, this::seal, this::administrators, clock, ticker, settings);
        return part(service.start()).service();
    }

    @Override
    void register() throws InterruptedException {
        register(
                directory,
                RegisterServer.newBuilder().setRole(Role.LOCKING),
                Space.NONE,
                told -> {});
    }
}
