package holdfast.testkit.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A process on a {@link Host}: threads that run in turns, sockets that are closed with it. Killed,
 * its threads never go on from where they stand; no {@code finally} of theirs runs.
 */
public final class RunningProcess implements Executor {
    private final Host host;
    private final String name;
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final Set<Killable> belongings = new LinkedHashSet<>();
    private final List<Killable> kept = new ArrayList<>();
    private final List<Freeze> freezes = new ArrayList<>();
    private boolean alive = true;
    private boolean paused;
    private Optional<Pace> pace = Optional.empty();
    private Predicate<String> slowThreads = threadName -> true;

    /** One thread that will stand still. */
    private static final class Freeze {
        private final Predicate<String> threads;
        private final long nanos;
        private int locksBefore;

        Freeze(Predicate<String> threads, int locksBefore, long nanos) {
            this.threads = threads;
            this.locksBefore = locksBefore;
            this.nanos = nanos;
        }
    }

    /** What the operating system takes back when the process is killed. */
    interface Killable {
        void killed();
    }

    RunningProcess(Host host, String name) {
        this.host = host;
        this.name = name;
    }

    public Host host() {
        return host;
    }

    public boolean isAlive() {
        return alive;
    }

    /** SIGKILL. */
    public void kill() {
        alive = false;
        held.clear();
        host.ended(this);
        List.copyOf(belongings).forEach(Killable::killed);
        belongings.clear();
        kept.forEach(Killable::killed);
        kept.clear();
    }

    /** From now on those of its threads that have such names get on like this. */
    public void pace(Pace own, Predicate<String> threads) {
        pace = Optional.of(own);
        slowThreads = threads;
    }

    /** Of its threads with such a name, the one that comes to a lock next stands still there. */
    public void freeze(Predicate<String> threads, int locksBefore, Duration lasts) {
        freezes.add(new Freeze(threads, locksBefore, host.inWorld(lasts.toNanos())));
    }

    /** How long the thread that runs now is to stand still; mostly 0. */
    long frozenNanos() {
        for (Freeze freeze : freezes) {
            if (freeze.threads.test(Thread.currentThread().getName())) {
                if (freeze.locksBefore == 0) {
                    freezes.remove(freeze);
                    return freeze.nanos;
                }
                freeze.locksBefore--;
            }
        }
        return 0;
    }

    /** From now on its threads get on like those of all others. */
    public void paceAsUsual() {
        pace = Optional.empty();
    }

    /** How the thread that runs now gets on, where that is unlike all others. */
    Optional<Pace> pace() {
        return pace.filter(own -> slowThreads.test(Thread.currentThread().getName()));
    }

    /** SIGSTOP: nothing runs; what arrives waits in the machine's buffers. */
    public void pause() {
        paused = true;
    }

    /** SIGCONT. */
    public void unpause() {
        paused = false;
        wake();
    }

    /** A thread of this process. */
    public Thread thread(String threadName, Runnable work) {
        return VirtualThreads.on(this).name(threadName).unstarted(work);
    }

    /** What {@code question}, which must not block, is answered with this process' clocks. */
    public <T> T asked(Supplier<T> question) {
        return host.world().as(this, question);
    }

    /** Lets this process do {@code work} in {@code delay} of its clock; it must not block. */
    public void after(Duration delay, Runnable work) {
        host.world().schedule().in(host.inWorld(delay.toNanos()), () -> execute(work));
    }

    /** Something that is harmless to take back although it was given back before. */
    void keeps(Killable belonging) {
        kept.add(belonging);
    }

    void owns(Killable belonging) {
        belongings.add(belonging);
    }

    void disowns(Killable belonging) {
        belongings.remove(belonging);
    }

    @Override
    public void execute(Runnable work) {
        if (!alive) {
            return;
        }
        if (stands()) {
            held.add(work);
        } else {
            host.world().schedule().ready(this, work);
        }
    }

    void perform(Runnable work) {
        if (!alive) {
            return;
        }
        if (stands()) {
            held.add(work);
            return;
        }
        host.world().perform(this, work);
    }

    private boolean stands() {
        return paused || host.isSuspended();
    }

    void wake() {
        if (stands()) {
            return;
        }
        List<Runnable> all = new ArrayList<>(held);
        held.clear();
        all.forEach(this::execute);
    }

    @Override
    public String toString() {
        return name + "@" + host.name();
    }
}
