package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.log.ExtendIds;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.AllocateIds;
import holdfast.wire.proto.AllocateIdsReply;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Blocks of ids, from ranges whose upper ends are committed in advance, so that a range is this
 * member's alone, whoever leads. What it has not handed out when it ends is never used.
 */
final class Ids {
    /** The most ids of one block. */
    static final int BLOCK_MAX = 65_536;

    private static final int RANGE = 1 << 20;

    private final VolumeReader reader;
    private final Changes changes;
    private final ConcurrentHashMap<Integer, Range> ranges = new ConcurrentHashMap<>();

    Ids(VolumeReader reader, Changes changes) {
        this.reader = reader;
        this.changes = changes;
    }

    /** What is left of a volume's range. Whoever extends it keeps others who need it waiting. */
    private static final class Range {
        private final ReentrantLock lock = new ReentrantLock();
        private long next;
        private long left;

        AllocateIdsReply take(int count) {
            AllocateIdsReply block =
                    AllocateIdsReply.newBuilder().setFirst(next).setCount(count).build();
            next += count;
            left -= count;
            return block;
        }
    }

    AllocateIdsReply allocate(Asked<AllocateIds> asked) {
        int volume = asked.request().getVolume();
        int count = asked.request().getCount();
        if (volume < 1 || volume > FileId.VOLUME_MAX || count < 1 || count > BLOCK_MAX) {
            throw FailureException.of(
                    FailureCode.INVALID, "no block of " + count + " ids in volume " + volume);
        }
        long unused = reader.idsEnd(volume); // NOT_MINE when it is not here
        Range range = ranges.computeIfAbsent(volume, v -> new Range());
        range.lock.lock();
        try {
            if (range.left < count) {
                extend(range, volume, asked.deadline());
            }
            return range.take(count);
        } finally {
            range.lock.unlock();
        }
    }

    private void extend(Range range, int volume, Deadline deadline) {
        AllocateIdsReply taken = changes.quietlyOwn(
                        VolumeCommand.newBuilder()
                                .setExtendIds(
                                        ExtendIds.newBuilder().setVolume(volume).setCount(RANGE)),
                        deadline)
                .getIds();
        range.next = taken.getFirst();
        range.left = taken.getCount();
    }
}
