package holdfast.server.volume;

import holdfast.server.table.Table;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The state at the entries that were marked in the log: all members keep the same moments, so that
 * what they hold can be compared. Few are kept, since each keeps old rows on the disk. Safe for
 * many threads.
 */
public final class Milestones {
    private static final int KEPT_MAX = 2;

    private record Kept(long milestone, Table.Frozen rows) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Kept> kept = new ArrayDeque<>();

    Milestones() {}

    void keep(long milestone, Table.Frozen rows) {
        lock.lock();
        try {
            kept.addLast(new Kept(milestone, rows));
            if (kept.size() > KEPT_MAX) {
                kept.removeFirst().rows.close();
            }
        } finally {
            lock.unlock();
        }
    }

    /** One volume as it was at {@code milestone}; empty when that moment is not kept here. */
    public Optional<MilestoneVolume> volume(long milestone, int volume) {
        lock.lock();
        try {
            return kept.stream()
                    .filter(each -> each.milestone == milestone)
                    .findFirst()
                    .map(each -> new MilestoneVolume(each.rows, volume));
        } finally {
            lock.unlock();
        }
    }

    /** Those kept. */
    public List<Long> all() {
        lock.lock();
        try {
            return kept.stream().map(Kept::milestone).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Gives one up; whoever reads it fails. */
    public void release(long milestone) {
        lock.lock();
        try {
            kept.stream()
                    .filter(each -> each.milestone == milestone)
                    .forEach(each -> each.rows.close());
            kept.removeIf(each -> each.milestone == milestone);
        } finally {
            lock.unlock();
        }
    }
}
