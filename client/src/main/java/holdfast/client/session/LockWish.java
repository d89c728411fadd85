package holdfast.client.session;

import holdfast.model.failure.Failure;
import holdfast.model.id.FileId;
import holdfast.wire.proto.LockMode;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * A lock that is wanted.
 *
 * @param path for people
 * @param patience how long to wait for its turn, beyond the deadline of the call; zero: fail with
 *     LOCK_HELD at once
 * @param onWaiting told once who holds it, before the wait begins
 */
public record LockWish(
        FileId file,
        LockMode mode,
        String path,
        Duration patience,
        Consumer<Failure.Holder> onWaiting) {}
