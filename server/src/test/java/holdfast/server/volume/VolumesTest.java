package holdfast.server.volume;

import static holdfast.server.volume.Group.ADMIN;
import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.VOLUME;
import static holdfast.server.volume.Group.bytes;
import static holdfast.server.volume.Group.code;
import static holdfast.server.volume.Group.renaming;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.wire.log.DropMountPoint;
import holdfast.wire.log.DropVolume;
import holdfast.wire.log.EnsureMountPoint;
import holdfast.wire.log.ExtendIds;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.SetXattr;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Volumes as wholes: made, mounted, dropped. */
final class VolumesTest {
    private final Group group = new Group();

    private VolumeOutcome drop(int number, boolean evenIfNotEmpty) {
        return group.run(group.command()
                .setDropVolume(DropVolume.newBuilder()
                        .setNumber(number)
                        .setEvenIfNotEmpty(evenIfNotEmpty)));
    }

    private VolumeOutcome mount(int mounted, String... names) {
        EnsureMountPoint.Builder ensure =
                EnsureMountPoint.newBuilder().setVolume(VOLUME).setMounted(mounted);
        List.of(names).forEach(name -> ensure.addNames(bytes(name)));
        return group.run(group.command().setEnsureMountPoint(ensure));
    }

    private VolumeOutcome unmount(int mounted) {
        return group.run(group.command()
                .setDropMountPoint(
                        DropMountPoint.newBuilder().setVolume(VOLUME).setMounted(mounted)));
    }

    @Test
    void aNewVolumeHasAnEmptyRoot() {
        group.addVolume(3, 0, 0750);
        Attributes root = group.attributes(FileId.rootOf(3).value());
        assertThat(root.getMode()).isEqualTo(0750);
        assertThat(root.getLinks()).isEqualTo(2);
        assertThat(root.getChangeNumber()).isEqualTo(1);
        assertThat(group.reader.volumes()).containsExactly(1, 3);
        assertThat(group.reader.statfs(3).getFiles()).isEqualTo(1);
    }

    @Test
    void addingAVolumeAgainChangesNothing() {
        group.file(ROOT, "a");
        assertThat(group.addVolume(VOLUME, 5, 0700).hasFailure()).isFalse();
        assertThat(group.names(ROOT)).containsExactly("a");
        assertThat(group.reader.statfs(VOLUME).getQuotaBytes()).isZero();
        assertThat(code(group.addVolume(0, 0, 0))).isEqualTo(FailureCode.INVALID);
        assertThat(code(group.addVolume(1 << 20, 0, 0))).isEqualTo(FailureCode.INVALID);
    }

    @Test
    void idsAreTakenOnce() {
        long first = group.extendIds(VOLUME, 10);
        assertThat(group.extendIds(VOLUME, 1)).isEqualTo(first + 10);
        assertThat(group.reader.idsEnd(VOLUME)).isEqualTo(first + 11);
        ExtendIds.Builder none = ExtendIds.newBuilder().setVolume(VOLUME);
        assertThat(code(group.run(group.command().setExtendIds(none))))
                .isEqualTo(FailureCode.LIMIT);
        assertThat(code(group.run(group.command().setExtendIds(none.setVolume(9).setCount(1)))))
                .isEqualTo(FailureCode.NOT_MINE);
    }

    @Test
    void aDroppedVolumeIsOutOfReachAtOnceAndGoesStepByStep() {
        fill();
        long kept = keepAnotherVolume();
        assertThat(code(drop(VOLUME, false))).isEqualTo(FailureCode.NOT_EMPTY);
        VolumeOutcome dropped = drop(VOLUME, true);
        assertThat(dropped.getBrokenList())
                .containsExactly(Broken.newBuilder()
                        .setFile(ROOT)
                        .setChangeNumber(dropped.getBroken(0).getChangeNumber())
                        .setVnode(true)
                        .setEntries(true)
                        .build());
        assertThat(group.walk(ROOT).getEnded().getCode()).isEqualTo(FailureCode.NOT_MINE.wire());
        assertThat(group.reader.changeNumber(ROOT)).isZero();
        int steps = 0;
        while (!group.reader.uncleared().isEmpty()) {
            long before = group.table.rows().size();
            if (steps++ % 2 == 0) {
                drop(VOLUME, true);
            } else {
                group.collect();
            }
            assertThat(before - group.table.rows().size())
                    .isLessThan(Clearing.ROWS_PER_STEP + 100L);
        }
        assertThat(steps).isGreaterThan(2);
        assertOnlyLeft(kept);
        assertThat(code(group.addVolume(VOLUME, 0, 0755))).isEqualTo(FailureCode.ALREADY_EXISTS);
    }

    private void fill() {
        long folder = group.folder(ROOT, "d");
        for (int i = 0; i < 2_500; i++) {
            group.file(folder, "f" + i, "x");
        }
        long file = group.file(ROOT, "chunky");
        group.storeChunks(file, 1, 2);
        group.storeChunks(file, 2, 3);
        group.run(group.command()
                .setSetXattr(SetXattr.newBuilder().setFile(file).setName(bytes("user.a"))));
        long removed = group.file(ROOT, "removed");
        group.storeChunks(removed, 4);
        group.remove(ROOT, "removed", false);
        mount(9, "m");
    }

    private long keepAnotherVolume() {
        group.addVolume(2, 0, 0777);
        long id = FileId.of(2, group.extendIds(2, 1)).value();
        group.create(group.creating(FileId.rootOf(2).value(), bytes("k"), FileType.FILE)
                .setFile(id));
        group.storeChunks(id, 3);
        return id;
    }

    private void assertOnlyLeft(long kept) {
        assertThat(group.table.count('v')).as("vnodes").isEqualTo(2);
        assertThat(group.table.count('e')).as("entries").isEqualTo(1);
        assertThat(group.table.count('r')).as("replaced versions").isEqualTo(1);
        assertThat(group.table.count('q')).as("queue").isEqualTo(1);
        assertThat(group.table.count('k')).as("chunks").isEqualTo(1);
        assertThat(group.table.count('i')).as("contents").isZero();
        assertThat(group.table.count('x')).as("xattrs").isZero();
        assertThat(group.table.count('n')).as("mounts").isZero();
        assertThat(group.reader.contents(kept, 2)).isEqualTo(Group.chunks(3));
    }

    @Test
    void mountingMakesTheFoldersOnTheWay() {
        group.as(ANN);
        VolumeOutcome outcome = mount(9, "a", "b", "c");
        assertThat(outcome.getBrokenList())
                .singleElement()
                .satisfies(broken -> assertThat(broken.getVnode()).isFalse());
        List<Attributes> steps = group.walk(ROOT, "a", "b", "c").getStepsList().stream()
                .map(vnode -> vnode.getAttributes())
                .toList();
        assertThat(steps).extracting(Attributes::getOwner).containsOnly("root");
        assertThat(steps.getLast().getMountedVolume()).isEqualTo(9);
        assertThat(group.reader.statfs(VOLUME).getFiles()).isEqualTo(4);
        assertThat(mount(9, "a", "b", "c").getBrokenList()).isEmpty();
    }

    @Test
    void aWalkEndsAtAMountPoint() {
        mount(9, "m");
        assertThat(group.walk(ROOT, "m", "x", "y").getStepsCount()).isEqualTo(2);
        assertThat(group.walk(ROOT, "m", "x", "y").hasEnded()).isFalse();
    }

    @Test
    void aMountPointIsNotRenamedRemovedOrFilled() {
        mount(9, "a", "m");
        group.as(ADMIN);
        long folder = group.walk(ROOT, "a").getSteps(1).getAttributes().getFile();
        long point = group.walk(folder, "m").getSteps(1).getAttributes().getFile();
        group.folder(ROOT, "other");
        assertThat(code(group.remove(folder, "m", true))).isEqualTo(FailureCode.BUSY);
        assertThat(code(group.rename(folder, "m", ROOT, "x"))).isEqualTo(FailureCode.BUSY);
        assertThat(code(group.rename(ROOT, "other", folder, "m"))).isEqualTo(FailureCode.BUSY);
        assertThat(code(group.rename(renaming(ROOT, "other", folder, "m").setExchange(true))))
                .isEqualTo(FailureCode.BUSY);
        assertThat(code(group.rename(ROOT, "a", ROOT, "b")))
                .as("the map knows its path")
                .isEqualTo(FailureCode.BUSY);
        assertThat(code(group.create(group.creating(point, bytes("x"), FileType.FILE))))
                .isEqualTo(FailureCode.BUSY);
        assertThat(code(mount(8, "a", "m"))).isEqualTo(FailureCode.BUSY);
        assertThat(code(mount(8, "a", "m", "deeper"))).isEqualTo(FailureCode.BUSY);
        assertThat(unmount(9).getBroken(0).getVnode()).isTrue();
        assertThat(unmount(9).getBrokenList()).isEmpty();
        assertThat(group.rename(ROOT, "a", ROOT, "b").hasFailure()).isFalse();
        assertThat(group.remove(folder, "m", true).hasFailure()).isFalse();
    }

    @Test
    void mountingElsewhereLeavesTheOldPlace() {
        mount(9, "a");
        mount(9, "b");
        assertThat(group.walk(ROOT, "a").getSteps(1).getAttributes().getMountedVolume())
                .isZero();
        assertThat(group.walk(ROOT, "b").getSteps(1).getAttributes().getMountedVolume())
                .isEqualTo(9);
    }

    @Test
    void somePlacesCannotBeMountPoints() {
        group.file(ROOT, "f");
        assertThat(code(mount(9, "f"))).isEqualTo(FailureCode.NOT_A_DIRECTORY);
        assertThat(code(mount(9))).isEqualTo(FailureCode.INVALID);
        assertThat(code(mount(VOLUME, "d"))).isEqualTo(FailureCode.INVALID);
        assertThat(code(mount(9, ".."))).isEqualTo(FailureCode.INVALID);
        assertThat(group.names(ROOT)).containsExactly("f");
    }
}
