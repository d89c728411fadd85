package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * The cell by vnodes instead of paths, for a mount: a kernel looks names up one by one and keeps
 * what it found, so that a directory that it stands in may have moved meanwhile. Symbolic links are
 * never followed. Safe for many threads; every call ends within the cell's timeout, and fails with
 * STALE when the vnode that it begins at is gone.
 */
public interface VnodeAccess {
    /**
     * A vnode that was found before.
     *
     * @param path that led to it, perhaps some time ago: for messages, for recovery, and for
     *     directories above mounted volumes
     */
    record Ref(FileId file, CellPath path) {}

    /**
     * What was seen of a vnode, and for how long it may be repeated without looking again, unless a
     * {@link Listener} is told otherwise: as long as its promises and the lease hold.
     *
     * @param attributesHold for the {@code stat}; zero without a promise
     * @param nameHolds for that the name leads there; zero without a promise
     */
    record Seen(Stat stat, Duration attributesHold, Duration nameHolds) {}

    /**
     * What a rename did.
     *
     * @param moved the one that moved
     * @param replaced what was at the new name before, with the links that it has left
     */
    record Renamed(Stat moved, Optional<Stat> replaced) {}

    /** Is told what can't be repeated any more. Before the server is told so: must not wait. */
    interface Listener {
        /** Attributes of this vnode, its contents, its entries, or where names lead. */
        void broken(FileId file);

        /** All that lies in any volume of one group; which, is not said. */
        void allBroken();
    }

    /** The root of the cell. */
    Seen root() throws CellException;

    /** What {@code name} leads to; NOT_FOUND when to nothing. */
    Seen lookup(Ref directory, Name name) throws CellException;

    /** The vnode as it is. */
    Seen stat(Ref vnode) throws CellException;

    /**
     * Visits entries in the order of their names: up to {@code most} of those behind {@code after},
     * or from the first on. Returns whether there are more.
     */
    boolean list(Ref directory, Optional<Name> after, int most, Consumer<Stat.Entry> visitor)
            throws CellException;

    /**
     * The file of this name is about to be read. When the names come in their order, as from a
     * program that walks through the directory, the contents of small files that follow are brought
     * before they are asked for, as far as the names are known here. Never waits, never fails.
     */
    void willRead(Ref directory, Name name);

    /** Who this connection's caller is, to the servers: whose all is that is made for nobody. */
    String user();

    /** Makes a directory. */
    Seen mkdir(Ref directory, Name name, int mode, MadeFor whom) throws CellException;

    /** Makes a symbolic link. */
    Seen symlink(Ref directory, Name name, byte[] target, MadeFor whom) throws CellException;

    /** Makes a special file: {@link Cell#mknod}. */
    Seen mknod(Ref directory, Name name, Stat.Type type, int mode, int device, MadeFor whom)
            throws CellException;

    /** Makes another name for anything but a directory. */
    Seen link(Ref file, Ref directory, Name name) throws CellException;

    /** Removes an entry; returns what it led to, with the links that it has left. */
    Stat remove(Ref directory, Name name, boolean folder) throws CellException;

    /** Moves an entry. */
    Renamed rename(Ref from, Name name, Ref to, Name newName, Cell.RenameMode how)
            throws CellException;

    /** Changes attributes. */
    Seen change(Ref vnode, Cell.Changes changes) throws CellException;

    /** Opens a file that was found. */
    OpenFile open(Ref file, OpenRequest how) throws CellException;

    /** Opens a file for writing under its exclusive lock that is held already, and stays so. */
    OpenFile open(Ref file, OpenRequest how, Lock held) throws CellException;

    /**
     * Opens a file for writing without its lock, which is then taken for each store alone: others
     * may write meanwhile, and whose store comes second fails with STALE.
     */
    OpenFile openUnlocked(Ref file, OpenRequest how) throws CellException;

    /** Takes a file's lock; waits for {@code patience} at most, then fails with LOCK_HELD. */
    Lock lock(Ref file, boolean exclusive, Duration patience) throws CellException;

    /** The lock that a file open for writing holds; the caller releases it as well. */
    Lock lockOf(OpenFile open) throws CellException;

    /** A lock of a whole file, for the whole cell. */
    interface Lock {
        /** Whether it keeps out all others, not only writers. */
        boolean exclusive();

        /** Whether its session has ended, so that others may have it. */
        boolean isLost();

        /** Gives it back; again: nothing. */
        void release();
    }

    /** Opens a file for writing, making it as the request says. */
    OpenFile create(Ref directory, Name name, OpenRequest how) throws CellException;

    /**
     * Makes a file without a name, open for writing: on this machine alone until it gets one in the
     * volume of {@code directory}. Closing gives it up.
     */
    OpenFile createUnnamed(Ref directory, OpenRequest how) throws CellException;

    /**
     * Gives a file without a name one, with all that was written to it, as {@code how} says; it
     * stays open, under its lock. ALREADY_EXISTS when the name is taken.
     */
    Seen name(OpenFile file, Ref directory, Name name, OpenRequest how) throws CellException;

    /** All extended attributes: {@link Cell#xattrs}. */
    SortedMap<String, byte[]> xattrs(Ref vnode) throws CellException;

    /** One of them; empty when it is not there. */
    Optional<byte[]> xattr(Ref vnode, String name) throws CellException;

    /** Sets one. */
    void setXattr(Ref vnode, String name, byte[] value, XattrMode how) throws CellException;

    /** Removes one. */
    void removeXattr(Ref vnode, String name) throws CellException;

    /** Room in its volume. */
    Cell.Space space(Ref vnode) throws CellException;

    /** Tells {@code listener} from now on, until the connection is closed. */
    void listen(Listener listener);
}
