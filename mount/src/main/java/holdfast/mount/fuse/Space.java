package holdfast.mount.fuse;

/**
 * What {@code df} tells. See statvfs(3).
 *
 * @param blockBytes the unit of the next three
 * @param blocks all
 * @param free not in use
 * @param available not in use, for everybody
 * @param files how many inodes there can be
 * @param filesFree how many more
 * @param nameBytesMax the longest name
 */
public record Space(
        int blockBytes,
        long blocks,
        long free,
        long available,
        long files,
        long filesFree,
        int nameBytesMax) {}
