package holdfast.app.cell;

import holdfast.model.failure.Failure;
import holdfast.wire.transport.Address;

import java.util.concurrent.CompletableFuture;

/**
 * A server that runs until it is closed.
 *
 * @param address where it listens
 * @param over completes when it can't go on: the directory server refuses it for good, or its log
 *     has stopped
 */
public record RunningServer(Address address, CompletableFuture<Failure> over, AutoCloseable parts)
        implements AutoCloseable {
    @Override
    public void close() throws Exception {
        parts.close();
    }
}
