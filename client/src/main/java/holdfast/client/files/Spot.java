package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;

/**
 * What is to be looked up, and from where: by a whole path, or beginning at a vnode that was found
 * before. In the second case the path says how it was found; it is for messages and for recovery,
 * and may be out of date.
 */
sealed interface Spot {
    /** Where it is, or was found. */
    CellPath path();

    /** What {@code path} leads to. */
    static Spot at(CellPath path) {
        return new ByPath(path);
    }

    /** {@code file} itself. */
    static Spot of(FileId file, CellPath path) {
        return MountDirectories.contains(file) ? new ByPath(path) : new Itself(file, path);
    }

    /** What the last name of {@code path} leads to in {@code directory}. */
    static Spot in(FileId directory, CellPath path) {
        return MountDirectories.contains(directory) ? new ByPath(path) : new Entry(directory, path);
    }

    /** The directory that it is, or would be, an entry of. */
    default Spot parent() {
        return switch (this) {
            case ByPath whole -> new ByPath(whole.path().parent());
            case Itself vnode -> throw new IllegalStateException("no entry: " + vnode);
            case Entry entry -> new Itself(entry.directory(), entry.path().parent());
        };
    }

    /** See {@link #at}. */
    record ByPath(CellPath path) implements Spot {}

    /** See {@link #of}. */
    record Itself(FileId file, CellPath path) implements Spot {}

    /** See {@link #in}. */
    record Entry(FileId directory, CellPath path) implements Spot {}
}
