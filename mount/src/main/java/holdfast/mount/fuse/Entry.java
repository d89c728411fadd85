package holdfast.mount.fuse;

import java.time.Duration;

/**
 * Where a name leads. Each one that is handed out counts as a lookup of its node, which
 * {@link FuseFileSystem#forget} gives back.
 *
 * @param node the id by which the kernel will speak of the inode; not 0
 * @param generation tells nodes apart that had the same id at different times
 * @param valid how long the kernel may take the name to lead here without asking
 * @param status of the node
 */
public record Entry(long node, long generation, Duration valid, Status status) {
    /** The node of the mount's root; never looked up and never forgotten. */
    public static final long ROOT = 1;

    /** Checks id and duration. */
    public Entry {
        if (node == 0 || valid.isNegative()) {
            throw new IllegalArgumentException("node " + node + " valid for " + valid);
        }
    }
}
