package holdfast.mount.fuse;

import holdfast.model.path.Name;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file system as the kernel asks for it: by node ids that {@link #lookup} and its like hand out,
 * and by handles that {@link #open} and its like hand out. What isn't implemented fails with
 * ENOSYS, after which the kernel does without.
 *
 * <p>Operations come at the same time, each on a virtual thread of its own, several for one inode
 * and one handle too; the kernel keeps changes in one directory apart from each other, and writes
 * to one file (but not from mappings). They fail with {@link FuseException}; any other exception is
 * logged and is EIO. An {@link InterruptedException} is EINTR, see {@link Call}.
 *
 * <p>An operation must not call {@link FuseMount}'s notifications about the inode, or the
 * directory, that it is about: the kernel holds their locks until it is answered.
 */
public interface FuseFileSystem {
    /** The mount is about to work; comes once, before any operation. */
    default void mounted(FuseMount mount) {}

    /** Nothing more will come: it is unmounted. What was open is forgotten without a release. */
    default void destroy() {}

    /** Where a name leads; ENOENT is never kept by the kernel. Counts as a lookup. */
    default Entry lookup(Call call, long parent, Name name) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /**
     * The kernel gives {@code lookups} lookups back; with the last the id is free. Comes on a
     * thread that reads requests: must not wait for anything.
     */
    default void forget(long node, long lookups) {}

    /** Attributes; {@code handle} when they are asked for through an open file. */
    default Status getattr(Call call, long node, OptionalLong handle) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Changes attributes and returns them all. */
    default Status setattr(Call call, long node, AttributeChange change)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** The bytes of a symbolic link. */
    default byte[] readlink(Call call, long node) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Makes a symbolic link. Counts as a lookup. */
    default Entry symlink(Call call, long parent, Name name, byte[] target)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Makes a file, FIFO, socket or device node ({@code mode} tells). Counts as a lookup. */
    default Entry mknod(Call call, long parent, Name name, int mode, int device)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Makes a directory; for its mode see {@link Call#umask}. Counts as a lookup. */
    default Entry mkdir(Call call, long parent, Name name, int mode) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Takes a name away that isn't a directory's; open files live on. */
    default void unlink(Call call, long parent, Name name) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Takes an empty directory away. */
    default void rmdir(Call call, long parent, Name name) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Moves a name. */
    default void rename(
            Call call, long parent, Name name, long newParent, Name newName, RenameMode mode)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Gives a node another name. Counts as a lookup. */
    default Entry link(Call call, long node, long newParent, Name newName)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Opens a file; truncates it too when {@code mode} says so. */
    default Opened open(Call call, long node, OpenMode mode) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /**
     * Makes a file, or opens the one that is there unless {@code mode} is exclusive (EEXIST).
     * Counts as a lookup.
     */
    default Created create(Call call, long parent, Name name, int permissions, OpenMode mode)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Makes a file without a name. Counts as a lookup. */
    default Created tmpfile(Call call, long parent, int permissions, OpenMode mode)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /**
     * Bytes from {@code request.offset()}: what lies between the position and the limit of the
     * returned buffer, less than asked only at the file's end. It is either
     * {@code request.buffer()}, filled, or any other; one outside the heap is sent without a copy
     * and must stay valid and the same while the operation is answered. Not for handles with a
     * backing.
     */
    default ByteBuffer read(Call call, ReadRequest request) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /**
     * Writes all bytes, or as many as there is room for, and returns how many. Who writes to a
     * channel: see {@link Call#shieldedHere}.
     */
    default int write(Call call, WriteRequest request) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /**
     * A descriptor of the open file was closed; comes once for each duplicate, before {@code close}
     * returns, and may fail it. The owner's fcntl locks on the file end here.
     */
    default void flush(Call call, long node, long handle, long owner) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /**
     * The open file is gone. Nobody waits for it, and its failure goes nowhere. A shared mapping
     * may outlive it and write to a {@link Backing} file without a message.
     */
    default void release(Call call, Release release) throws InterruptedException {}

    /** What was written through any handle of the node is durable when this returns. */
    default void fsync(Call call, long node, long handle, boolean dataOnly)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Opens a directory. */
    default Opened opendir(Call call, long node, OpenMode mode) throws InterruptedException {
        return Opened.of(0);
    }

    /**
     * Adds entries from {@code offset} (0, or one given with an entry) until the listing is full.
     */
    default void readdir(Call call, long node, long handle, long offset, Listing listing)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** The same with {@link Listing#addEntry}, each of which counts as a lookup. */
    default void readdirplus(Call call, long node, long handle, long offset, Listing listing)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** The open directory is gone. */
    default void releasedir(Call call, Release release) throws InterruptedException {}

    /** A directory's names are durable when this returns. */
    default void fsyncdir(Call call, long node, long handle, boolean dataOnly)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** The file system's space. */
    default Space statfs(Call call, long node) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Sets an extended attribute. */
    default void setxattr(Call call, long node, String name, byte[] value, XattrMode mode)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** An extended attribute; ENODATA when there is none. */
    default byte[] getxattr(Call call, long node, String name) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** The names of all extended attributes. */
    default List<String> listxattr(Call call, long node) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Takes an extended attribute away; ENODATA when there is none. */
    default void removexattr(Call call, long node, String name) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** The lock that stands in the way of this one, if any. With {@link Feature#POSIX_LOCKS}. */
    default Optional<FileLock> getlk(Call call, LockRequest request) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /**
     * Takes or gives back a lock; when another stands in the way, fails with EAGAIN, or
     * {@code waits} until it is gone. With {@link Feature#POSIX_LOCKS} and {@link Feature#FLOCK}.
     */
    default void setlk(Call call, LockRequest request, boolean waits) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** access(2); does not come with {@link MountOptions.Flag#DEFAULT_PERMISSIONS}. */
    default void access(Call call, long node, int mask) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Takes, punches, zeroes … a range; {@code mode} as in fallocate(2). */
    default void fallocate(Call call, long node, long handle, int mode, long offset, long length)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /**
     * The next data (or hole) at or after {@code offset}; ENXIO beyond the end. Without it the
     * whole file counts as data.
     */
    default long lseek(Call call, long node, long handle, long offset, boolean hole)
            throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }

    /** Copies between files of this mount and returns how many bytes; 0 at the source's end. */
    default long copyFileRange(Call call, CopyRange range) throws InterruptedException {
        throw new FuseException(Errno.ENOSYS);
    }
}
