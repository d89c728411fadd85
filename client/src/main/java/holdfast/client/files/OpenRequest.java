package holdfast.client.files;

import holdfast.model.failure.Failure;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How to open a file.
 *
 * @param access read, or write under the file's lock
 * @param creation what to do when the name is absent or present
 * @param truncate start from empty contents (write only)
 * @param append write at the end (write only)
 * @param lockWait how long to wait for the lock; zero: fail with LOCK_HELD at once
 * @param mode permission bits of a file made by this
 * @param onWaiting told once who holds the lock, before the wait begins
 * @param timeout for everything but the wait for the lock; empty: the cell's default
 * @param madeFor whose a file made by this will be
 */
public record OpenRequest(
        Access access,
        Creation creation,
        boolean truncate,
        boolean append,
        Duration lockWait,
        int mode,
        Consumer<Failure.Holder> onWaiting,
        Optional<Duration> timeout,
        MadeFor madeFor) {

    /** Read or write. */
    public enum Access {
        READ,
        WRITE
    }

    /** What happens when the name is absent or present. */
    public enum Creation {
        /** It must be there. */
        NEVER,
        /** Make it when absent. */
        IF_ABSENT,
        /** It must be absent; decided at the server for the whole cell. */
        NEW
    }

    private static final Duration LOCK_WAIT = Duration.ofMinutes(1);
    private static final int MODE = 0644;

    /** Opens an existing file for reading. */
    public static OpenRequest read() {
        return of(Access.READ, Creation.NEVER);
    }

    /** Opens an existing file for writing; waits a minute for its lock. */
    public static OpenRequest write() {
        return of(Access.WRITE, Creation.NEVER);
    }

    /** Opens for writing, making the file when it is absent. */
    public static OpenRequest create() {
        return of(Access.WRITE, Creation.IF_ABSENT);
    }

    /** Makes a new file and opens it for writing; ALREADY_EXISTS when the name is taken. */
    public static OpenRequest createNew() {
        return of(Access.WRITE, Creation.NEW);
    }

    private static OpenRequest of(Access access, Creation creation) {
        return new OpenRequest(
                access,
                creation,
                false,
                false,
                LOCK_WAIT,
                MODE,
                holder -> {},
                Optional.empty(),
                MadeFor.CALLER);
    }

    /** The same, but the name must be absent. */
    public OpenRequest onlyNew() {
        return new OpenRequest(
                access,
                Creation.NEW,
                truncate,
                append,
                lockWait,
                mode,
                onWaiting,
                timeout,
                madeFor);
    }

    public OpenRequest truncating() {
        return new OpenRequest(
                access, creation, true, append, lockWait, mode, onWaiting, timeout, madeFor);
    }

    public OpenRequest appending() {
        return new OpenRequest(
                access, creation, truncate, true, lockWait, mode, onWaiting, timeout, madeFor);
    }

    public OpenRequest waitingAtMost(Duration wait) {
        return new OpenRequest(
                access, creation, truncate, append, wait, mode, onWaiting, timeout, madeFor);
    }

    /** Fails with LOCK_HELD, naming the holder, instead of waiting. */
    public OpenRequest notWaiting() {
        return waitingAtMost(Duration.ZERO);
    }

    public OpenRequest withMode(int bits) {
        return new OpenRequest(
                access, creation, truncate, append, lockWait, bits, onWaiting, timeout, madeFor);
    }

    public OpenRequest tellingWhenWaiting(Consumer<Failure.Holder> listener) {
        return new OpenRequest(
                access, creation, truncate, append, lockWait, mode, listener, timeout, madeFor);
    }

    public OpenRequest within(Duration limit) {
        return new OpenRequest(
                access,
                creation,
                truncate,
                append,
                lockWait,
                mode,
                onWaiting,
                Optional.of(limit),
                madeFor);
    }

    public OpenRequest forWhom(MadeFor whom) {
        return new OpenRequest(
                access, creation, truncate, append, lockWait, mode, onWaiting, timeout, whom);
    }
}
