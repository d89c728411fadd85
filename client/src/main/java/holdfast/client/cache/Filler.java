package holdfast.client.cache;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.transport.Bulk;

/** Brings bytes that are not in the cache. */
@FunctionalInterface
public interface Filler {
    /** For contents that are at hand: brings nothing. */
    Filler NONE = (first, count, into, deadline) -> {
        throw FailureException.of(FailureCode.INTERNAL, "there is nowhere to fetch from");
    };

    /**
     * Brings the pieces {@code first} to {@code first + count - 1} of the manifest: gives their
     * bytes, without holes and in their order, to {@code into}, once. Called from several threads
     * at once, for different pieces; called again for pieces whose bytes were damaged. The sink
     * checks the hashes and throws DAMAGED. Must end by the deadline; what it throws ends the open.
     */
    void fetch(int first, int count, Bulk.Sink into, Deadline deadline);
}
