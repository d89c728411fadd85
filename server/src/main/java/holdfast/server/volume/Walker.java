package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.model.volume.Access.Right;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Vnode;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;

/** One walk from a vnode down a path. */
final class Walker {
    private final Records records;
    private final Permissions caller;
    private final WalkReply.Builder reply = WalkReply.newBuilder();

    Walker(Records records, Permissions caller) {
        this.records = records;
        this.caller = caller;
    }

    WalkReply walk(Walk walk) {
        try {
            checkLength(walk);
            VnodeRecord at = step(records.known(walk.getStart()));
            for (ByteString name : walk.getNamesList()) {
                if (isMountPoint(at) || isSymlink(at)) {
                    return reply.build();
                }
                at = step(descend(at, Names.checked(name)));
            }
            arrive(at, walk);
        } catch (Refusal refusal) {
            reply.setEnded(refusal.failure());
        }
        return reply.build();
    }

    private static void checkLength(Walk walk) {
        if (walk.getNamesCount() > CellPath.NAMES_MAX) {
            throw Refusal.of(FailureCode.LIMIT, "a path has at most 1,024 names");
        }
    }

    private VnodeRecord step(VnodeRecord record) {
        reply.addSteps(Vnode.newBuilder().setAttributes(record.getAttributes()));
        return record;
    }

    private VnodeRecord descend(VnodeRecord folder, ByteString name) {
        if (!Records.isFolder(folder)) {
            throw Refusal.of(FailureCode.NOT_A_DIRECTORY, "not a directory");
        }
        caller.require(folder.getAttributes(), Right.EXECUTE);
        return records.child(folder.getAttributes().getFile(), name)
                .flatMap(records::vnode)
                .orElseThrow(() -> Refusal.of(FailureCode.NOT_FOUND, "no such file or directory"));
    }

    private void arrive(VnodeRecord last, Walk walk) {
        Attributes attributes = last.getAttributes();
        boolean readable = caller.may(attributes, Right.READ);
        reply.setMayRead(readable).setMayWrite(caller.may(attributes, Right.WRITE));
        boolean wanted = walk.getContents()
                && attributes.getType() == FileType.FILE
                && attributes.getLinks() > 0
                && !(walk.getKnownFile() == attributes.getFile()
                        && walk.getKnownVersion() == attributes.getDataVersion());
        if (wanted && readable) {
            reply.setContents(new Reading(records).current(last));
        }
    }

    private static boolean isMountPoint(VnodeRecord record) {
        return record.getAttributes().getMountedVolume() != 0;
    }

    private static boolean isSymlink(VnodeRecord record) {
        return record.getAttributes().getType() == FileType.SYMLINK;
    }
}
