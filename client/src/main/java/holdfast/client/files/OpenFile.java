package holdfast.client.files;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * An open file of the cell: an ordinary local file until it is closed. Closing one opened for
 * writing stores the change and gives back the lock; when {@link #close} has returned, whatever
 * opens the file later, anywhere, sees the change.
 */
public interface OpenFile extends AutoCloseable {
    /**
     * The local file: the cached contents (don't write to it), or the private working copy of a
     * writer.
     */
    Path path();

    /**
     * A channel on the local file, closed with this. Writes through it are tracked, so that only
     * they are sent.
     */
    FileChannel channel();

    /**
     * Waits until the bytes from {@code offset} on are on this machine, as far as the file has any:
     * of a large file that {@link VnodeAccess} opened for reading. Interrupting ends it with
     * CANCELLED.
     */
    void await(long offset, long length) throws CellException;

    /**
     * Where the next bytes are at or after {@code position}, which is in the file; empty when only
     * a hole is left. As far as this machine knows of holes.
     */
    OptionalLong nextData(long position) throws CellException;

    /**
     * Where the next hole is at or after {@code position}, which is in the file; its end is one.
     */
    long nextHole(long position) throws CellException;

    /** Makes it so long by a hole at its end; shorter than it is: nothing. */
    void extend(long size) throws CellException;

    /** Makes these bytes zeros, as far as there are any. */
    void zero(long position, long length) throws CellException;

    /**
     * Copies bytes from another open file of the cell, {@link #await awaited} before, on this
     * machine; chunks that are the same then are not sent by the next store. Returns how many
     * bytes, 0 at that file's end.
     */
    long copyFrom(OpenFile from, long fromPosition, long position, long length)
            throws CellException;

    /** The file as it was opened, or last stored. */
    Stat stat();

    /** Whether the contents came from the cache, without fetching any. */
    boolean fromCache();

    /**
     * Changes attributes with the next store, in one commit; {@link #stat} tells of them from now
     * on. Only for a file open for writing.
     */
    void change(Cell.Changes changes) throws CellException;

    /** The attributes that the next store changes. */
    Cell.Changes pending();

    /** Whether there is something to store. */
    boolean changed() throws CellException;

    /** Stores what was written so far and stays open. */
    Stat store() throws CellException;

    /**
     * Stores the change, if there is one, and closes. When that fails, the working copy is kept for
     * {@code recover} and the exception says so.
     */
    @Override
    void close() throws CellException;

    /**
     * Closes without storing; what was written is kept for {@code recover}, with why it could not
     * be stored.
     *
     * @return the failure to tell of: {@code why}, and where the work is kept if there is some
     */
    CellException keep(CellException why);

    /** Closes without storing; what was written is given up. */
    void discard();
}
