package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.model.path.Name;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What this client knows of a vnode. Read without a lock: {@link #state} and {@link #entries} are
 * replaced as a whole. Changed only by {@link VnodeCache}, under its lock.
 */
final class CachedVnode {
    /**
     * Attributes and the promise on them.
     *
     * @param promised the lease generation under which they can't change unnoticed; 0: none
     * @param found grows when the names under which this was found may have changed; a binding with
     *     another one is worthless
     */
    record State(Attributes attributes, long promised, long found) {
        long number() {
            return attributes.getChangeNumber();
        }

        /** The same with newer attributes, found where it was. */
        State withAttributes(Attributes newer) {
            return new State(newer, promised, found);
        }

        /** Not promised any more, and no name leads to it for sure. */
        State broken() {
            return new State(attributes, 0, found + 1);
        }

        State withPromise(long generation) {
            return new State(attributes, generation, found);
        }
    }

    /**
     * What is known of a directory's list.
     *
     * @param promised the lease generation of the entries promise; 0: none
     * @param number the change number it is known at
     * @param complete whether all its names are known
     */
    record Entries(long promised, long number, boolean complete) {
        static final Entries UNKNOWN = new Entries(0, 0, false);
    }

    /** A name's vnode, found when its {@code found} was this. */
    record Binding(CachedVnode child, long found) {}

    private final FileId file;
    private final ConcurrentHashMap<Name, Binding> names = new ConcurrentHashMap<>(0);
    private final Set<Name> absent = new HashSet<>(0);
    private volatile State state;
    private volatile Entries entries = Entries.UNKNOWN;
    private volatile ContentsIndex.@Nullable Version version;
    private @Nullable CachedVnode parent;
    private @Nullable Name name;
    private boolean touched;

    CachedVnode(FileId file, State state) {
        this.file = file;
        this.state = state;
    }

    FileId file() {
        return file;
    }

    State state() {
        return state;
    }

    void state(State next) {
        state = next;
    }

    Entries entries() {
        return entries;
    }

    void entries(Entries next) {
        entries = next;
    }

    ConcurrentHashMap<Name, Binding> names() {
        return names;
    }

    /** Names known to be absent; only under the cache's lock. */
    Set<Name> absent() {
        return absent;
    }

    boolean isFolder() {
        return state.attributes().getType() == FileType.FOLDER;
    }

    /** The contents of the version that was looked at last. */
    ContentsIndex.@Nullable Version version() {
        return version;
    }

    void version(ContentsIndex.Version seen) {
        version = seen;
    }

    /** Used lately; a hint for eviction, so a race does no harm. */
    void touch() {
        if (!touched) {
            touched = true;
        }
    }

    boolean takeTouched() {
        boolean was = touched;
        touched = false;
        return was;
    }

    /** Where it was found last, so that eviction can take the name away. */
    void foundAt(CachedVnode directory, Name under) {
        parent = directory;
        name = under;
    }

    @Nullable
    CachedVnode parent() {
        return parent;
    }

    @Nullable
    Name name() {
        return name;
    }
}
