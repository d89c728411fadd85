package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.log.ExtendIds;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.AllocateIdsReply;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Blocks of ids from ranges whose upper ends are committed in advance; what a leader did not hand
 * out is never used.
 */
final class Ids {
    /** The most ids of one block. */
    static final int BLOCK_MAX = 65_536;

    private static final int RANGE = 1 << 20;

    private final Changes changes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Integer, Range> ranges = new HashMap<>();

    Ids(Changes changes) {
        this.changes = changes;
    }

    private record Range(long next, long left) {}

    AllocateIdsReply allocate(int volume, int count, Deadline deadline) {
        if (count < 1 || count > BLOCK_MAX) {
            throw FailureException.of(FailureCode.INVALID, "a block of " + count + " ids");
        }
        lock.lock();
        try {
            Range range = ranges.getOrDefault(volume, new Range(0, 0));
            if (range.left < count) {
                range = extend(volume, deadline);
            }
            ranges.put(volume, new Range(range.next + count, range.left - count));
            return AllocateIdsReply.newBuilder()
                    .setFirst(range.next)
                    .setCount(count)
                    .build();
        } finally {
            lock.unlock();
        }
    }

    private Range extend(int volume, Deadline deadline) {
        AllocateIdsReply range = changes.own(
                        VolumeCommand.newBuilder()
                                .setExtendIds(
                                        ExtendIds.newBuilder().setVolume(volume).setCount(RANGE)),
                        deadline)
                .getIds();
        return new Range(range.getFirst(), range.getCount());
    }

    /** Another leader may have handed out ids since. */
    void clear() {
        lock.lock();
        try {
            ranges.clear();
        } finally {
            lock.unlock();
        }
    }
}
