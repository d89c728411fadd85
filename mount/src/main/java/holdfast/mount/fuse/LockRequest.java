package holdfast.mount.fuse;

/**
 * A lock asked for, asked about, or given back.
 *
 * @param node the inode
 * @param handle the open file
 * @param owner the same for all that belongs to one holder (a process, or for flock an open file)
 * @param lock what is asked for
 * @param flock whether it is flock(2)'s whole-file lock, apart from fcntl(2)'s ranges
 */
public record LockRequest(long node, long handle, long owner, FileLock lock, boolean flock) {}
