package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.replication.ReplicatedLog;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a file server does beside answering, one thing after the other on one thread: what is due,
 * each at its interval. A failure is logged, and the task is due again after its interval.
 */
final class Upkeep implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSING = Duration.ofSeconds(2);

    private final ReplicatedLog log;
    private final Ticker ticker;
    private final List<Task> tasks;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("upkeep").unstarted(this::run);

    /** Something to be done within a deadline. */
    @FunctionalInterface
    interface Step {
        void run(Deadline deadline);
    }

    /** A step and when it is due. */
    static final class Task {
        private final String name;
        private final Duration every;
        private final boolean leaderOnly;
        private final Step step;
        private long dueNanos;
        private boolean started;

        Task(String name, Duration every, boolean leaderOnly, Step step) {
            this.name = name;
            this.every = every;
            this.leaderOnly = leaderOnly;
            this.step = step;
        }
    }

    Upkeep(ReplicatedLog log, Ticker ticker, List<Task> tasks) {
        this.log = log;
        this.ticker = ticker;
        this.tasks = List.copyOf(tasks);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                tasks.forEach(this::runIfDue);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void runIfDue(Task task) {
        long now = ticker.nanos();
        if (!task.started) {
            task.started = true;
            task.dueNanos = now + task.every.toNanos();
        }
        boolean mine = !task.leaderOnly || log.leadingTerm() != 0;
        if (now - task.dueNanos >= 0 && mine && closing.getCount() > 0) {
            attempt(task);
            task.dueNanos = ticker.nanos() + task.every.toNanos();
        }
    }

    private void attempt(Task task) {
        try {
            task.step.run(Deadline.in(LIMIT, ticker));
        } catch (FailureException e) {
            if (e.code() == FailureCode.INTERNAL) {
                LOG.error("{} failed", task.name, e);
            } else {
                LOG.info("{}: {}", task.name, e.getMessage());
            }
        } catch (RuntimeException e) {
            LOG.error("{} failed", task.name, e);
        }
    }

    /** Ends after the step that is being done, which is interrupted when it takes long. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (thread.isAlive() && !thread.join(CLOSING)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
