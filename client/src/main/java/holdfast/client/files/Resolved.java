package holdfast.client.files;

import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Contents;

import java.util.Optional;

/** What a path leads to. */
sealed interface Resolved {
    /** The path without symbolic links. */
    CellPath path();

    /**
     * A vnode.
     *
     * @param attributes as they were at a moment since the lookup began
     * @param contents of a file, when they came with the answer
     */
    record Found(
            CellPath path,
            ReplicaGroup group,
            CachedVnode vnode,
            Attributes attributes,
            Optional<Contents> contents)
            implements Resolved {}

    /** No such name in an existing directory. */
    record Absent(CellPath path, ReplicaGroup group, CachedVnode parent) implements Resolved {
        Name name() {
            return path.last();
        }
    }

    /** A directory that exists only because volumes are mounted below it. */
    record AboveMounts(CellPath path) implements Resolved {}
}
