package holdfast.mount.fuse;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who asks for an operation, and whether it is still wanted. When the program gets a signal that is
 * to end or to disturb it while it waits ({@link Signals}), the thread that serves it is
 * interrupted; an {@link InterruptedException} is then answered with EINTR. Once the operation has
 * returned, no interrupt comes any more.
 */
public final class Call {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /** The one that a thread serves. */
    static final ScopedValue<Call> SERVED = ScopedValue.newInstance();

    private final int user;
    private final int group;
    private final int process;
    private int umask;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread thread;
    private boolean shielded;
    private boolean interrupted;
    private boolean over;
    private boolean watched;
    private boolean hearsAll;

    Call(int user, int group, int process) {
        this.user = user;
        this.group = group;
        this.process = process;
    }

    /** The program's user; as the file system's, so with what it may do there. */
    public int user() {
        return user;
    }

    /** Its group. The kernel doesn't tell its others. */
    public int group() {
        return group;
    }

    /** The program's process, 0 when the kernel asks for itself. */
    public int process() {
        return process;
    }

    /**
     * What the program wants taken from the mode of what it makes. The kernel has done so, unless
     * {@link Feature#OWN_UMASK} was agreed on.
     */
    public int umask() {
        return umask;
    }

    void umask(int bits) {
        umask = bits;
    }

    /** Whether such a signal came for the program. */
    public boolean interrupted() {
        lock.lock();
        try {
            return interrupted;
        } finally {
            lock.unlock();
        }
    }

    /** See {@link #shieldedHere}. */
    <T, X extends Exception> T shielded(Work<T, X> work) throws X {
        boolean outermost = raise();
        try {
            return work.run();
        } finally {
            if (outermost) {
                lower();
            }
        }
    }

    /**
     * Does {@code work} without an interrupt in the middle of it by the call that this thread
     * serves, if it serves one; an interrupt that comes is delivered afterwards. For channels,
     * which an interrupt closes for everybody who uses them.
     */
    public static <T, X extends Exception> T shieldedHere(Work<T, X> work) throws X {
        return SERVED.isBound() ? SERVED.get().shielded(work) : work.run();
    }

    /** What is not to be interrupted. */
    @FunctionalInterface
    public interface Work<T, X extends Exception> {
        /** Does it. */
        T run() throws X;
    }

    private boolean raise() {
        lock.lock();
        try {
            if (shielded) {
                return false;
            }
            shielded = true;
            boolean _ = Thread.interrupted();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void lower() {
        lock.lock();
        try {
            shielded = false;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** From here on this thread works on it. */
    void begin() {
        lock.lock();
        try {
            thread = Thread.currentThread();
            if (interrupted) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** From here on nobody interrupts this thread. */
    void end() {
        lock.lock();
        try {
            thread = null;
            over = true;
            boolean _ = Thread.interrupted();
        } finally {
            lock.unlock();
        }
    }

    /** From here on any signal interrupts this, as POSIX says of waiting for locks. */
    public void hearAllSignals() {
        lock.lock();
        try {
            hearsAll = true;
            if (watched) {
                interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Some signal came for the program; the kernel tells of none that come later. */
    void signalled() {
        if (isToHear() || Signals.interrupt(process)) {
            interrupt();
        } else if (becomesWatched()) {
            Thread.ofVirtual().name("holdfast-fuse-signals").start(this::watch);
        }
    }

    private boolean isToHear() {
        lock.lock();
        try {
            return hearsAll;
        } finally {
            lock.unlock();
        }
    }

    private boolean becomesWatched() {
        lock.lock();
        try {
            boolean first = !watched && !over;
            watched = true;
            return first;
        } finally {
            lock.unlock();
        }
    }

    private void watch() {
        try {
            while (!isOver() && !Signals.interrupt(process)) {
                Thread.sleep(LOOK_AGAIN);
            }
            interrupt();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isOver() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    void interrupt() {
        lock.lock();
        try {
            interrupted = !over;
            Thread worker = thread;
            if (worker != null && !shielded) {
                worker.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
