package holdfast.testkit.simulation;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A timer; what is due runs on a thread of the process that asked for it. */
final class SimulatedTimer extends AbstractExecutorService implements ScheduledExecutorService {
    @Override
    public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
        RunningProcess process = World.process();
        Due due = new Due(work);
        TimedWait.alarm(unit.toNanos(delay), () -> process.thread("timer", due).start());
        return due;
    }

    /** Work that is due at some time. */
    private static final class Due extends FutureTask<@Nullable Object>
            implements ScheduledFuture<@Nullable Object> {
        Due(Runnable work) {
            super(work, null);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException("getDelay");
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException("compareTo");
        }
    }

    @Override
    public void execute(Runnable work) {
        World.process().thread("timer", work).start();
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> work, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("schedule a Callable");
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(
            Runnable work, long first, long period, TimeUnit unit) {
        throw new UnsupportedOperationException("scheduleAtFixedRate");
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
            Runnable work, long first, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("scheduleWithFixedDelay");
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long time, TimeUnit unit) {
        return true;
    }
}
