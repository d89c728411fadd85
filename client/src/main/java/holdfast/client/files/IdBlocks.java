package holdfast.client.files;

import holdfast.client.session.Environment;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.AllocateIds;
import holdfast.wire.proto.AllocateIdsReply;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Identities for new vnodes, from blocks that the groups' leaders hand out ahead of need. */
final class IdBlocks {
    private static final Logger LOG = LoggerFactory.getLogger(IdBlocks.class);
    private static final Duration AHEAD_LIMIT = Duration.ofSeconds(10);

    private final Environment environment;
    private final ReplicaGroups groups;
    private final int size;
    private final ConcurrentHashMap<Integer, VolumeIds> volumes = new ConcurrentHashMap<>();

    /** Blocks of {@code size} identities. */
    IdBlocks(Environment environment, ReplicaGroups groups, int size) {
        this.environment = environment;
        this.groups = groups;
        this.size = size;
    }

    /** An identity in {@code volume} that was never used. */
    FileId next(int volume, Deadline deadline) {
        return volumes.computeIfAbsent(volume, VolumeIds::new).next(deadline);
    }

    private record Block(long first, long end) {}

    private final class VolumeIds {
        private final int volume;
        private final ReentrantLock lock = new ReentrantLock();
        private final ReentrantLock asking = new ReentrantLock();
        private final Deque<Block> blocks = new ArrayDeque<>();
        private long next;
        private long end;
        private boolean askingAhead;

        VolumeIds(int volume) {
            this.volume = volume;
        }

        FileId next(Deadline deadline) {
            while (true) {
                long taken = take();
                if (taken != 0) {
                    return new FileId(taken);
                }
                refill(deadline);
            }
        }

        private long take() {
            lock.lock();
            try {
                if (next == end) {
                    Block block = blocks.poll();
                    if (block == null) {
                        return 0;
                    }
                    next = block.first();
                    end = block.end();
                }
                askAheadLocked();
                return next++;
            } finally {
                lock.unlock();
            }
        }

        private void askAheadLocked() {
            if (size > 1 && end - next <= size / 2 && blocks.isEmpty() && !askingAhead) {
                askingAhead = true;
                environment.start("holdfast-ids", this::askAhead);
            }
        }

        private void askAhead() {
            try {
                add(ask(environment.in(AHEAD_LIMIT)));
            } catch (FailureException e) {
                LOG.debug("identities will be asked for when needed: {}", e.getMessage());
            } finally {
                lock.lock();
                try {
                    askingAhead = false;
                } finally {
                    lock.unlock();
                }
            }
        }

        private void refill(Deadline deadline) {
            asking.lock();
            try {
                if (isEmpty()) {
                    add(ask(deadline));
                }
            } finally {
                asking.unlock();
            }
        }

        private boolean isEmpty() {
            lock.lock();
            try {
                return next == end && blocks.isEmpty();
            } finally {
                lock.unlock();
            }
        }

        private AllocateIdsReply ask(Deadline deadline) {
            AllocateIds request =
                    AllocateIds.newBuilder().setVolume(volume).setCount(size).build();
            return groups.at(
                    FileId.rootOf(volume),
                    deadline,
                    group -> group.connection()
                            .ask(FileMethods.ALLOCATE_IDS, request, deadline)
                            .message());
        }

        private void add(AllocateIdsReply reply) {
            if (reply.getCount() < 1 || !FileId.valid(reply.getFirst())) {
                throw FailureException.of(
                        FailureCode.INTERNAL, "a server gave a block of no identities");
            }
            lock.lock();
            try {
                blocks.add(new Block(reply.getFirst(), reply.getFirst() + reply.getCount()));
            } finally {
                lock.unlock();
            }
        }
    }
}
