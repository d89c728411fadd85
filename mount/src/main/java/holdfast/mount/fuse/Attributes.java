package holdfast.mount.fuse;

import java.util.OptionalLong;

/**
 * What {@code stat} tells of an inode. Times are nanoseconds since 1970.
 *
 * @param number the inode number that programs see
 * @param size bytes
 * @param blocks units of 512 bytes that it takes
 * @param accessedNanos the last access
 * @param modifiedNanos the last change of contents
 * @param changedNanos the last change of anything
 * @param bornNanos when it was made; when absent, the kernel says that it isn't known
 * @param mode type and permissions, as in {@code st_mode}
 * @param links how many names it has
 * @param user its owner
 * @param group its group
 * @param device of a device node, in the kernel's coding of 32 bits
 * @param blockBytes the size that is good for transfers
 */
public record Attributes(
        long number,
        long size,
        long blocks,
        long accessedNanos,
        long modifiedNanos,
        long changedNanos,
        OptionalLong bornNanos,
        int mode,
        int links,
        int user,
        int group,
        int device,
        int blockBytes) {

    /** The bits of a mode that tell the type. */
    public static final int TYPE = 0170000;

    /** The type of a named pipe. */
    public static final int FIFO = 0010000;

    /** The type of a character device. */
    public static final int CHARACTER_DEVICE = 0020000;

    /** The type of a directory. */
    public static final int DIRECTORY = 0040000;

    /** The type of a block device. */
    public static final int BLOCK_DEVICE = 0060000;

    /** The type of a regular file. */
    public static final int REGULAR = 0100000;

    /** The type of a symbolic link. */
    public static final int SYMBOLIC_LINK = 0120000;

    /** The type of a socket. */
    public static final int SOCKET = 0140000;

    /** Checks what must be so for the kernel to believe it. */
    public Attributes {
        if (size < 0 || blocks < 0 || links < 0) {
            throw new IllegalArgumentException("size %d, blocks %d, links %d of inode %d"
                    .formatted(size, blocks, links, number));
        }
        if ((mode & TYPE) == 0) {
            throw new IllegalArgumentException("no type in mode %o".formatted(mode));
        }
    }
}
