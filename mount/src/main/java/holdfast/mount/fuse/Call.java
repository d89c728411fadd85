package holdfast.mount.fuse;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Who asks for an operation, and whether it is still wanted. When the program gets a signal while
 * it waits, the thread that serves it is interrupted; an {@link InterruptedException} is then
 * answered with EINTR. Once the operation has returned, no interrupt comes any more.
 */
public final class Call {
    private final int user;
    private final int group;
    private final int process;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread thread;
    private boolean shielded;
    private boolean interrupted;
    private boolean over;

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

    /** Whether a signal came for the program. */
    public boolean interrupted() {
        lock.lock();
        try {
            return interrupted;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Does {@code work} without an interrupt in the middle of it; one that comes is delivered
     * afterwards. For channels, which an interrupt closes for everybody who uses them.
     */
    public <T, X extends Exception> T shielded(Work<T, X> work) throws X {
        boolean outermost = raise();
        try {
            return work.run();
        } finally {
            if (outermost) {
                lower();
            }
        }
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
