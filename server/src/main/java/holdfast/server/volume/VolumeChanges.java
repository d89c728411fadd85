package holdfast.server.volume;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.wire.log.AddVolume;
import holdfast.wire.log.Collect;
import holdfast.wire.log.DropVolume;
import holdfast.wire.log.ExtendIds;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.log.VolumeRecord;
import holdfast.wire.proto.AllocateIdsReply;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Source;

import java.util.Optional;

/** Changes of volumes as a whole: adding and dropping them, their ids, collections. */
final class VolumeChanges {
    /** The most ids that one command takes from a volume. */
    static final long IDS_MAX = 1L << 24;

    private static final long FIRST_FREE_VNODE = 2;

    private final Edit edit;

    VolumeChanges(Edit edit) {
        this.edit = edit;
    }

    /** Adds a volume with its root. One that is here stays as it is. */
    void add(AddVolume add) {
        int number = add.getNumber();
        if (number < 1 || number > FileId.VOLUME_MAX) {
            throw Refusal.of(FailureCode.INVALID, "no volume has the number " + number);
        }
        Optional<VolumeRecord> before = edit.records().volumeEver(number);
        if (before.isPresent()) {
            requireAlive(number, before.get());
            return;
        }
        VolumeRecord record = VolumeRecord.newBuilder()
                .setQuotaBytes(add.getQuotaBytes())
                .setFiles(1)
                .setNextVnode(FIRST_FREE_VNODE)
                .build();
        edit.addVolume(number, record);
        makeRoot(add);
    }

    private static void requireAlive(int number, VolumeRecord volume) {
        if (volume.getDropped()) {
            throw Refusal.of(
                    FailureCode.ALREADY_EXISTS,
                    "volume " + number + " was dropped; its number is not used again");
        }
    }

    private void makeRoot(AddVolume add) {
        long root = FileId.rootOf(add.getNumber()).value();
        edit.make(VnodeRecord.newBuilder()
                .setAttributes(Attributes.newBuilder()
                        .setFile(root)
                        .setType(FileType.FOLDER)
                        .setMode(AttributeChange.mode(add.getMode()))
                        .setOwner(AttributeChange.principal(add.getOwner()))
                        .setGroup(AttributeChange.principal(add.getGroup()))
                        .setLinks(Creation.FOLDER_LINKS)
                        .setCreated(edit.time()))
                .setParent(root)
                .build());
    }

    /**
     * Drops a volume: at once nothing of it can be reached. Its rows go step by step, with
     * repetitions of this command and with collections.
     */
    void drop(DropVolume drop) {
        Optional<VolumeRecord> found = edit.records().volumeEver(drop.getNumber());
        if (found.isEmpty()) {
            return;
        }
        if (found.get().getDropped()) {
            new Clearing(edit).step();
            return;
        }
        Node root = edit.live(FileId.rootOf(drop.getNumber()).value());
        if (!drop.getEvenIfNotEmpty()) {
            Names.requireEmpty(root);
        }
        root.touch();
        root.touchEntries(0, 0);
        edit.volume(drop.getNumber()).setDropped(true);
    }

    /** Takes ids from the volume for the leader to give to clients. */
    void extendIds(ExtendIds extend) {
        long count = extend.getCount();
        if (count < 1 || count > IDS_MAX) {
            throw Refusal.of(FailureCode.LIMIT, "1 to " + IDS_MAX + " ids can be taken at once");
        }
        long first = takeIds(edit, extend.getVolume(), count);
        edit.outcome()
                .setIds(AllocateIdsReply.newBuilder()
                        .setFirst(FileId.of(extend.getVolume(), first).value())
                        .setCount((int) count));
    }

    /** Takes {@code count} vnode numbers; returns the first. */
    static long takeIds(Edit edit, int volume, long count) {
        VolumeRecord.Builder record = edit.volume(volume);
        long first = record.getNextVnode();
        if (first > FileId.VNODE_MAX - count) {
            throw Refusal.of(FailureCode.LIMIT, "volume " + volume + " has used up its ids");
        }
        record.setNextVnode(first + count);
        return first;
    }

    /**
     * Gives up replaced versions; from now on this is the collection to push under, where it has a
     * number.
     */
    void collect(Collect collect) {
        if (collect.getNumber() != 0) {
            if (collect.getNumber() <= edit.records().collection()) {
                throw Refusal.of(
                        FailureCode.STALE,
                        "collection " + collect.getNumber() + " was made already");
            }
            edit.group().setCollection(collect.getNumber());
        }
        Versions versions = new Versions(edit);
        for (Source version : collect.getVersionsList()) {
            versions.collect(version.getFile(), version.getDataVersion());
        }
        new Clearing(edit).step();
    }
}
