package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.volume.MilestoneVolume;
import holdfast.server.volume.VolumeState;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.SetMilestone;
import holdfast.wire.proto.SetMilestoneReply;
import holdfast.wire.proto.VerifyVolume;
import holdfast.wire.proto.VerifyVolumeReply;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The comparisons of volumes that are under way at this member. One that nobody asks about for a
 * while is ended, and a milestone that nobody uses is given up. Safe for many threads.
 */
final class Verifications implements AutoCloseable {
    private static final int MOST = 16;

    /** Who asked for one that is done has its answer by then. */
    private static final Duration ANSWERED_MAX = Duration.ofSeconds(5);

    private static final Duration UNASKED_MAX = Duration.ofMinutes(2);
    private static final Duration UNUSED_MAX = Duration.ofMinutes(10);

    private static final class Job {
        private final Verification work;
        private long askedNanos;

        Job(Verification work) {
            this.work = work;
        }
    }

    private final VolumeState state;
    private final ChunkStore chunks;
    private final Changes changes;
    private final Ticker ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<VerifyVolume, Job> jobs = new HashMap<>();
    private final Map<Long, Long> milestonesUsedNanos = new HashMap<>();

    Verifications(VolumeState state, ChunkStore chunks, Changes changes, Ticker ticker) {
        this.state = state;
        this.chunks = chunks;
        this.changes = changes;
        this.ticker = ticker;
    }

    /** For a leader. */
    SetMilestoneReply milestone(Asked<SetMilestone> asked) {
        if (asked.request().getMilestone() == 0) {
            throw FailureException.of(FailureCode.INVALID, "a milestone is not 0");
        }
        var unused = changes.quietlyOwn(
                VolumeCommand.newBuilder().setMilestone(asked.request()), asked.deadline());
        return SetMilestoneReply.newBuilder().setIndex(state.applied().index()).build();
    }

    /** Begins a comparison, or says how far it is. For each member. */
    VerifyVolumeReply verify(VerifyVolume asked) {
        if (asked.getVolume() < 1 || asked.getVolume() > FileId.VOLUME_MAX) {
            throw FailureException.of(
                    FailureCode.INVALID,
                    "no volume " + Integer.toUnsignedString(asked.getVolume()));
        }
        long applied = Math.max(0, state.applied().index());
        Optional<MilestoneVolume> volume =
                state.milestones().volume(asked.getMilestone(), asked.getVolume());
        lock.lock();
        try {
            Job job = jobs.get(asked);
            if (job == null && volume.isEmpty()) {
                boolean behind = applied < asked.getIndex();
                return VerifyVolumeReply.newBuilder()
                        .setBehind(behind)
                        .setMissed(!behind)
                        .setApplied(applied)
                        .build();
            }
            if (job == null) {
                job = begin(asked, volume.orElseThrow());
            }
            job.askedNanos = ticker.nanos();
            milestonesUsedNanos.put(asked.getMilestone(), ticker.nanos());
            return job.work.progress().toBuilder().setApplied(applied).build();
        } finally {
            lock.unlock();
        }
    }

    private Job begin(VerifyVolume asked, MilestoneVolume volume) {
        long now = ticker.nanos();
        jobs.values()
                .removeIf(job -> job.work.progress().getDone()
                        && now - job.askedNanos > ANSWERED_MAX.toNanos());
        if (jobs.size() >= MOST) {
            throw FailureException.of(
                    FailureCode.LIMIT, "this file server compares " + MOST + " volumes already");
        }
        Job job = new Job(new Verification(asked, volume, chunks, state.reader(), ticker));
        jobs.put(asked, job);
        Thread.ofVirtual().name("verifying").start(job.work);
        return job;
    }

    /** Ends what nobody asks about. */
    void expire() {
        lock.lock();
        try {
            long now = ticker.nanos();
            jobs.values().removeIf(job -> {
                boolean over = now - job.askedNanos > UNASKED_MAX.toNanos();
                if (over) {
                    job.work.cancel();
                }
                return over;
            });
            milestonesUsedNanos.keySet().retainAll(state.milestones().all());
            for (long milestone : state.milestones().all()) {
                long used = milestonesUsedNanos.computeIfAbsent(milestone, m -> now);
                if (now - used > UNUSED_MAX.toNanos()) {
                    state.milestones().release(milestone);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            jobs.values().forEach(job -> job.work.cancel());
        } finally {
            lock.unlock();
        }
    }
}
