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
     * @param own whether the attributes came with the answer to an own change: another's change
     *     just before it may be hidden in them, its break still on the way
     */
    record State(Attributes attributes, long promised, long found, boolean own) {
        long number() {
            return attributes.getChangeNumber();
        }

        /** Read from a server, at another number than before. */
        State read(Attributes newer, long promise, boolean nameHolds) {
            return new State(newer, promise, nameHolds ? found : found + 1, false);
        }

        /** Changed by this client, which held the promise before and after. */
        State changedHere(Attributes newer) {
            return new State(newer, promised, found, true);
        }

        /** Not promised any more, and no name leads to it for sure. */
        State broken() {
            return new State(attributes, 0, found + 1, own);
        }

        /** Not promised any more. */
        State unpromised() {
            return new State(attributes, 0, found, own);
        }

        /** Promised at this number, perhaps after a time without promises. */
        State promisedAgain(long generation) {
            boolean held = promised == generation;
            boolean nameHolds = held || !own;
            return new State(attributes, generation, nameHolds ? found : found + 1, held && own);
        }
    }

    /**
     * What is known of a directory's list.
     *
     * @param promised the lease generation of the entries promise; 0: none
     * @param number the change number it is known at
     * @param complete whether all its names are known
     * @param own whether that number came with the answer to an own change
     */
    record Entries(long promised, long number, boolean complete, boolean own) {
        static final Entries UNKNOWN = new Entries(0, 0, false, false);

        /**
         * Read from a server at {@code at}; what was known before stays if nothing came between.
         */
        Entries read(long generation, long at) {
            boolean held = promised == generation;
            boolean same = at == number && (held || !own);
            return new Entries(generation, at, same && complete, held && same && own);
        }

        /** All names are known now. */
        Entries whole() {
            return new Entries(promised, number, true, own);
        }

        /** Some name is not known any more. */
        Entries partial() {
            return new Entries(promised, number, false, own);
        }

        Entries broken() {
            return new Entries(0, number, false, own);
        }

        /** Changed by this client, which held the promise before and after. */
        Entries changedHere(long at) {
            return new Entries(promised, Math.max(at, number), complete, true);
        }
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

    /** {@code under} leads to {@code child}, as far as its state now goes. */
    void bind(Name under, CachedVnode child) {
        names.put(under, new Binding(child, child.state.found()));
        absent.remove(under);
        child.parent = this;
        child.name = under;
    }

    /**
     * {@code under} has led to {@code child} and leads nowhere now. Where it is known to lead
     * elsewhere, one of the two is of before the other, and nobody knows which.
     */
    void unbind(Name under, CachedVnode child) {
        Binding binding = names.get(under);
        if (binding != null && binding.child() != child) {
            forgetName(under);
        } else {
            names.remove(under);
        }
    }

    /** Nothing is known of {@code under} any more. */
    void forgetName(Name under) {
        names.remove(under);
        absent.remove(under);
        entries = entries.partial();
    }

    /** The list may have changed. */
    void entriesBroken() {
        entries = entries.broken();
        absent.clear();
    }

    /** It goes: no name leads here any more; {@code gone}: at the server, too. */
    void forgotten(boolean gone) {
        state = state.broken();
        entries = Entries.UNKNOWN;
        names.clear();
        absent.clear();
        CachedVnode directory = parent;
        Name under = name;
        if (directory != null && under != null) {
            Binding binding = directory.names.get(under);
            if (binding != null && binding.child() == this) {
                directory.names.remove(under);
                directory.entries = gone ? directory.entries : directory.entries.partial();
            }
        }
    }
}
