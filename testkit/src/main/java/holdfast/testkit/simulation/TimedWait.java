package holdfast.testkit.simulation;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/**
 * Waits that end at a moment of virtual time: an endless wait, which an interrupt of ours ends. An
 * interrupt by somebody else is told apart and stays one.
 */
final class TimedWait {
    /** Those that wait now, by the ids of their threads. Only one thread runs at a time. */
    private static final Map<Long, TimedWait> WAITING = new HashMap<>();

    private final Thread thread = Thread.currentThread();
    private boolean rang;
    private boolean interrupted;

    private TimedWait() {}

    /** A wait that can be interrupted. */
    @FunctionalInterface
    interface Wait {
        void run() throws InterruptedException;
    }

    /** False when the time was over before {@code wait} was. */
    static boolean upTo(long nanos, Wait wait) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        TimedWait timed = new TimedWait();
        Schedule.Event alarm = alarm(Math.max(0, nanos), timed::ring);
        @Nullable TimedWait outer = WAITING.put(timed.thread.threadId(), timed);
        try {
            wait.run();
            return true;
        } catch (InterruptedException e) {
            if (!timed.rang || timed.interrupted) {
                timed.rang = false;
                throw e;
            }
            return false;
        } finally {
            alarm.cancel();
            timed.end(outer);
        }
    }

    private void ring() {
        rang = true;
        thread.interrupt();
    }

    private void end(@Nullable TimedWait outer) {
        if (outer == null) {
            WAITING.remove(thread.threadId());
        } else {
            WAITING.put(thread.threadId(), outer);
        }
        if (rang && Thread.interrupted() && interrupted) {
            thread.interrupt();
        }
    }

    static void interrupted(Thread thread) {
        TimedWait waiting = WAITING.get(thread.threadId());
        if (waiting != null) {
            waiting.interrupted = true;
        }
    }

    /** Lets {@code action} happen in {@code nanos} of the calling process' clock. */
    static Schedule.Event alarm(long nanos, Runnable action) {
        Host host = World.process().host();
        return host.world().schedule().in(host.inWorld(nanos), action);
    }

    /** A new world: who waited in the old one does so no more. */
    static void forget() {
        WAITING.clear();
    }
}
