package holdfast.client.session;

import holdfast.model.failure.Failure;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;

import java.util.Optional;

/** What a writer has of a file's lock: the lock, or the right to ask for it when it stores. */
public sealed interface WriterLock permits HeldLock, LateLock {
    /** What it locks. */
    FileId file();

    /** Throws SESSION_ENDED when the lock is not held any more, by this client's own clock too. */
    void check();

    /** Why it is not held any more, if it was lost. */
    Optional<Failure> lost();

    /** The lock, held; the caller releases it as well. LOCK_HELD when another has it for long. */
    HeldLock toStore(Deadline deadline);

    /** One more user of the lock held. */
    HeldLock retain();

    /** Gives it back, once all its users have, without waiting for the answer. */
    void release();
}
