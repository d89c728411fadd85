package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.Deadline;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.log.AddVolume;
import holdfast.wire.log.DropMountPoint;
import holdfast.wire.log.EnsureMountPoint;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.MountPoint;
import holdfast.wire.proto.Volume;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings this group to what the directory server assigned: new volumes are made, mount points
 * appear and go. A volume that is not assigned any more keeps its contents; nothing is deleted
 * because a list came back short.
 */
final class Assigned {
    private static final String OWNER = "root";
    private static final int ROOT_MODE = 01777;

    private final VolumeReader reader;
    private final Changes changes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Mounted> mounted = new HashSet<>();
    private volatile long mapVersion;

    Assigned(VolumeReader reader, Changes changes) {
        this.reader = reader;
        this.changes = changes;
    }

    private record Mounted(int volume, MountPoint point) {}

    long mapVersion() {
        return mapVersion;
    }

    void take(List<Volume> volumes, long version, Deadline deadline) {
        lock.lock();
        try {
            Set<Integer> here = new HashSet<>(reader.volumes());
            for (Volume volume : volumes) {
                if (!here.contains(volume.getNumber())) {
                    changes.own(added(volume), deadline);
                }
            }
            mountPoints(volumes, deadline);
            mapVersion = version;
        } finally {
            lock.unlock();
        }
    }

    private static VolumeCommand.Builder added(Volume volume) {
        return VolumeCommand.newBuilder()
                .setAddVolume(AddVolume.newBuilder()
                        .setNumber(volume.getNumber())
                        .setQuotaBytes(volume.getQuotaBytes())
                        .setOwner(OWNER)
                        .setGroup(OWNER)
                        .setMode(ROOT_MODE));
    }

    private void mountPoints(List<Volume> volumes, Deadline deadline) {
        Set<Mounted> wanted = new HashSet<>();
        for (Volume volume : volumes) {
            volume.getMountsList()
                    .forEach(point -> wanted.add(new Mounted(volume.getNumber(), point)));
        }
        for (Mounted gone : List.copyOf(mounted)) {
            if (!wanted.contains(gone)) {
                changes.own(dropped(gone), deadline);
                mounted.remove(gone);
            }
        }
        for (Mounted added : wanted) {
            if (!mounted.contains(added)) {
                changes.own(ensured(added), deadline);
                mounted.add(added);
            }
        }
    }

    private static VolumeCommand.Builder dropped(Mounted gone) {
        return VolumeCommand.newBuilder()
                .setDropMountPoint(DropMountPoint.newBuilder()
                        .setVolume(gone.volume)
                        .setMounted(gone.point.getVolume()));
    }

    private static VolumeCommand.Builder ensured(Mounted added) {
        EnsureMountPoint.Builder ensure = EnsureMountPoint.newBuilder()
                .setVolume(added.volume)
                .setMounted(added.point.getVolume());
        for (Name name : CellPath.parse("/" + added.point.getPath()).names()) {
            ensure.addNames(ByteString.copyFrom(name.bytes()));
        }
        return VolumeCommand.newBuilder().setEnsureMountPoint(ensure);
    }
}
