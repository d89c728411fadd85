package holdfast.verify.simulation;

import holdfast.server.replication.ReplicatedLog.Leadership;
import holdfast.testkit.simulation.RunningProcess;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/** Tells of leadership on a thread of its own, one change after the other. */
final class LogNews {
    private final List<Leadership> listeners = new ArrayList<>();
    private final LinkedBlockingQueue<Runnable> untold = new LinkedBlockingQueue<>();
    private long term;

    LogNews(RunningProcess process) {
        process.thread("leadership", this::tell).start();
    }

    long term() {
        return term;
    }

    void gained(long newTerm) {
        term = newTerm;
        listeners.forEach(listener -> untold.add(() -> listener.gained(newTerm)));
    }

    void lost() {
        if (term != 0) {
            term = 0;
            listeners.forEach(listener -> untold.add(listener::lost));
        }
    }

    void add(Leadership listener) {
        listeners.add(listener);
        long now = term;
        if (now != 0) {
            untold.add(() -> listener.gained(now));
        }
    }

    private void tell() {
        try {
            while (true) {
                untold.take().run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
