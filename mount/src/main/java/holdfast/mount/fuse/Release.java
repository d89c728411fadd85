package holdfast.mount.fuse;

/**
 * The end of an open file: its last descriptor is closed and its last mapping made through it gone,
 * or nearly (see {@link FuseFileSystem#release}).
 *
 * @param node the inode
 * @param handle the open file
 * @param mode how it was opened
 * @param owner of locks
 * @param unlocksFlock whether flock(2)'s lock of this open file is to be given back
 */
public record Release(long node, long handle, OpenMode mode, long owner, boolean unlocksFlock) {}
