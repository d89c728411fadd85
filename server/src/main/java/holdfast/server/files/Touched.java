package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.id.FileId;
import holdfast.server.callback.Scope;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.Link;
import holdfast.wire.proto.Remove;
import holdfast.wire.proto.Rename;

import java.util.ArrayList;
import java.util.List;

/**
 * What a change will touch, as far as can be told before it is applied. Another change may come
 * between; then the outcome names what this did not.
 */
final class Touched {
    private Touched() {}

    /** What {@code change} will touch as things stand. */
    static List<Scope> by(VolumeCommand change, VolumeReader reader) {
        return switch (change.getChangeCase()) {
            case STORE -> List.of(Scope.vnode(change.getStore().getFile()));
            case SET_ATTRIBUTES -> List.of(Scope.vnode(change.getSetAttributes().getFile()));
            case SET_XATTR -> List.of(Scope.vnode(change.getSetXattr().getFile()));
            case REMOVE_XATTR -> List.of(Scope.vnode(change.getRemoveXattr().getFile()));
            case CREATE -> created(change.getCreate());
            case REMOVE -> removed(change.getRemove(), reader);
            case RENAME -> renamed(change.getRename(), reader);
            case LINK -> linked(change.getLink());
            case DROP_VOLUME ->
                List.of(Scope.both(
                        FileId.rootOf(change.getDropVolume().getNumber()).value()));
            case RAISE_FENCE,
                    ADD_CLIENT,
                    END_CLIENT,
                    EXTEND_IDS,
                    ADD_VOLUME,
                    ENSURE_MOUNT_POINT,
                    DROP_MOUNT_POINT,
                    RAISE_EPOCH,
                    COLLECT,
                    MILESTONE,
                    CHANGE_NOT_SET -> List.of();
        };
    }

    private static List<Scope> created(Create create) {
        return List.of(Scope.entries(create.getParent()), Scope.vnode(create.getFile()));
    }

    private static List<Scope> linked(Link link) {
        return List.of(Scope.entries(link.getParent()), Scope.vnode(link.getFile()));
    }

    private static List<Scope> removed(Remove remove, VolumeReader reader) {
        List<Scope> scopes = new ArrayList<>();
        scopes.add(Scope.entries(remove.getParent()));
        child(remove.getParent(), remove.getName(), reader, scopes);
        return scopes;
    }

    private static List<Scope> renamed(Rename rename, VolumeReader reader) {
        List<Scope> scopes = new ArrayList<>();
        scopes.add(Scope.entries(rename.getFrom()));
        if (rename.getTo() != rename.getFrom()) {
            scopes.add(Scope.entries(rename.getTo()));
        }
        child(rename.getFrom(), rename.getFromName(), reader, scopes);
        child(rename.getTo(), rename.getToName(), reader, scopes);
        return scopes;
    }

    private static void child(
            long folder, ByteString name, VolumeReader reader, List<Scope> scopes) {
        reader.child(folder, name).ifPresent(file -> scopes.add(Scope.both(file)));
    }
}
