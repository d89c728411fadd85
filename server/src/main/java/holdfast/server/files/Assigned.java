package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.model.volume.Access;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.log.AddVolume;
import holdfast.wire.log.DropMountPoint;
import holdfast.wire.log.DropVolume;
import holdfast.wire.log.EnsureMountPoint;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.MountPoint;
import holdfast.wire.proto.Volume;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings this group to what the directory service assigns to it: volumes are made, mount points
 * come and go. A volume that is not assigned any more is not answered for at once; its contents go
 * only when that stays so for long, because a list may come back short for other reasons.
 */
final class Assigned {
    private static final Logger LOG = LoggerFactory.getLogger(Assigned.class);
    private static final int ROOT_MODE = 01777;

    private final VolumeReader reader;
    private final Changes changes;
    private final Duration grace;
    private final Ticker ticker;
    private final ReentrantLock work = new ReentrantLock();
    private final Map<Integer, Long> unassignedSinceNanos = new HashMap<>();
    private volatile Optional<Assignment> assignment = Optional.empty();
    private Optional<Assignment> done = Optional.empty();

    Assigned(VolumeReader reader, Changes changes, Duration grace, Ticker ticker) {
        this.reader = reader;
        this.changes = changes;
        this.grace = grace;
        this.ticker = ticker;
    }

    private record Assignment(long mapVersion, List<Volume> volumes, Set<Integer> numbers) {}

    /** The version of the cell's map; 0 before any was heard. */
    long mapVersion() {
        return assignment.map(Assignment::mapVersion).orElse(0L);
    }

    /** NOT_MINE when the volume was taken from this group. */
    void requireMine(int volume) {
        Optional<Assignment> now = assignment;
        if (now.isPresent() && !now.get().numbers.contains(volume)) {
            throw FailureException.of(
                    FailureCode.NOT_MINE, "volume " + volume + " is not of this replica group");
        }
    }

    /**
     * The same for the volume of a vnode; whether there can be such a vnode is judged elsewhere.
     */
    void requireMine(long file) {
        if (FileId.valid(file)) {
            requireMine(new FileId(file).volume());
        }
    }

    /** Takes what the directory service tells; older news are ignored. */
    void take(List<Volume> volumes, long mapVersion) {
        work.lock();
        try {
            if (mapVersion >= mapVersion()) {
                Set<Integer> numbers = new HashSet<>();
                volumes.forEach(volume -> numbers.add(volume.getNumber()));
                assignment = Optional.of(
                        new Assignment(mapVersion, List.copyOf(volumes), Set.copyOf(numbers)));
            }
        } finally {
            work.unlock();
        }
    }

    /** Another leader may have changed anything since. */
    void gained() {
        work.lock();
        try {
            done = Optional.empty();
            unassignedSinceNanos.clear();
        } finally {
            work.unlock();
        }
    }

    /** Makes it so, where it is not yet. For a leader; one call after the other. */
    void makeSo(Deadline deadline) {
        work.lock();
        try {
            Optional<Assignment> wanted = assignment;
            if (wanted.isPresent()) {
                if (!done.equals(wanted) && bring(wanted.get(), deadline)) {
                    done = wanted;
                }
                dropUnassigned(wanted.get(), deadline);
            }
        } finally {
            work.unlock();
        }
    }

    /** Whether all is as wanted; what can't be, is tried again later. */
    private boolean bring(Assignment wanted, Deadline deadline) {
        Set<Integer> here = new HashSet<>(reader.volumes());
        boolean all = true;
        for (Volume volume : wanted.volumes) {
            boolean there = here.contains(volume.getNumber())
                    || attempt(volume.getPath(), () -> add(volume, deadline));
            all &= there && mountPoints(volume, deadline);
        }
        return all;
    }

    private boolean mountPoints(Volume volume, Deadline deadline) {
        Set<Integer> wanted = new HashSet<>();
        boolean all = true;
        for (MountPoint point : volume.getMountsList()) {
            wanted.add(point.getVolume());
            all &= attempt(point.getPath(), () -> changes.own(ensured(volume, point), deadline));
        }
        for (int mounted : reader.mountedIn(volume.getNumber())) {
            if (!wanted.contains(mounted)) {
                all &= attempt(
                        volume.getPath(), () -> changes.own(dropped(volume, mounted), deadline));
            }
        }
        return all;
    }

    /** A refusal concerns one volume; anything else ends the round. */
    private static boolean attempt(String path, Runnable step) {
        try {
            step.run();
            return true;
        } catch (FailureException e) {
            if (e.code().retry() != FailureCode.Retry.NEVER) {
                throw e;
            }
            LOG.warn("what the directory server assigned at {}: {}", path, e.getMessage());
            return false;
        }
    }

    private void add(Volume volume, Deadline deadline) {
        var unused = changes.quietlyOwn(
                VolumeCommand.newBuilder()
                        .setAddVolume(AddVolume.newBuilder()
                                .setNumber(volume.getNumber())
                                .setQuotaBytes(volume.getQuotaBytes())
                                .setOwner(Access.ADMINISTRATOR)
                                .setGroup(Access.ADMINISTRATOR)
                                .setMode(ROOT_MODE)),
                deadline);
        LOG.info("volume {} is served at {}", volume.getNumber(), volume.getPath());
    }

    private static VolumeCommand.Builder dropped(Volume volume, int mounted) {
        return VolumeCommand.newBuilder()
                .setDropMountPoint(DropMountPoint.newBuilder()
                        .setVolume(volume.getNumber())
                        .setMounted(mounted));
    }

    private static VolumeCommand.Builder ensured(Volume volume, MountPoint point) {
        EnsureMountPoint.Builder ensure = EnsureMountPoint.newBuilder()
                .setVolume(volume.getNumber())
                .setMounted(point.getVolume());
        for (Name name : CellPath.parse("/" + point.getPath()).names()) {
            ensure.addNames(ByteString.copyFrom(name.bytes()));
        }
        return VolumeCommand.newBuilder().setEnsureMountPoint(ensure);
    }

    private void dropUnassigned(Assignment wanted, Deadline deadline) {
        unassignedSinceNanos.keySet().removeAll(wanted.numbers);
        for (int number : reader.volumes()) {
            if (!wanted.numbers.contains(number)) {
                dropUnassigned(number, deadline);
            }
        }
        for (int number : reader.uncleared()) {
            drop(number, deadline);
        }
    }

    private void dropUnassigned(int number, Deadline deadline) {
        long now = ticker.nanos();
        Long since = unassignedSinceNanos.putIfAbsent(number, now);
        if (since == null) {
            LOG.warn(
                    "volume {} is not assigned to this group any more; its contents go in {}",
                    number,
                    grace);
        } else if (now - since >= grace.toNanos()) {
            LOG.warn("volume {} is dropped", number);
            drop(number, deadline);
        }
    }

    private void drop(int number, Deadline deadline) {
        changes.own(
                VolumeCommand.newBuilder()
                        .setDropVolume(
                                DropVolume.newBuilder().setNumber(number).setEvenIfNotEmpty(true)),
                deadline);
    }
}
