package holdfast.mount.fuse;

/**
 * A copy inside the mount. See copy_file_range(2).
 *
 * @param fromNode the source's inode
 * @param fromHandle the source's open file
 * @param fromOffset its first byte
 * @param toNode the target's inode
 * @param toHandle the target's open file
 * @param toOffset its first byte
 * @param length how many bytes
 */
public record CopyRange(
        long fromNode,
        long fromHandle,
        long fromOffset,
        long toNode,
        long toHandle,
        long toOffset,
        long length) {}
