package holdfast.mount.cell;

import holdfast.client.files.Stat;
import holdfast.client.files.VnodeAccess.Seen;
import holdfast.mount.fuse.Attributes;
import holdfast.mount.fuse.Entry;
import holdfast.mount.fuse.Status;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** What {@code stat} shows of inodes, and for how long. */
final class Statuses {
    private static final int SECTOR = 512;
    private static final int BLOCK = 4_096;

    private final Owners owners;
    private final Freshness freshness;

    Statuses(Owners owners, Freshness freshness) {
        this.owners = owners;
        this.freshness = freshness;
    }

    /** An inode as it was seen since {@code moment}, or as what is written to it here makes it. */
    Status of(Inode inode, Seen seen, long moment) {
        Optional<Stat> here = Errors.of(() -> inode.contents().written(seen.stat()));
        return here.isPresent()
                ? new Status(attributes(inode, here.get()), Duration.ZERO)
                : new Status(
                        attributes(inode, seen.stat()),
                        freshness.valid(moment, seen.attributesHold()));
    }

    /** The same of where a name leads. */
    Entry entry(Inode inode, Seen seen, long moment) {
        Status status = of(inode, seen, moment);
        return new Entry(inode.node(), 0, freshness.nameValid(moment, seen), status);
    }

    /** Of what is open here; empty when nothing is. */
    static Optional<Stat> here(Inode inode) {
        return Errors.of(() -> inode.contents().stat());
    }

    /** As the open file shows itself, whatever the cell has by now. */
    Status open(Inode inode, Stat stat) {
        return new Status(attributes(inode, stat), Duration.ZERO);
    }

    Attributes attributes(Inode inode, Stat stat) {
        boolean directory = stat.isDirectory();
        return new Attributes(
                stat.file().value(),
                directory ? BLOCK : stat.size(),
                directory ? BLOCK / SECTOR : (stat.storedBytes() + SECTOR - 1) / SECTOR,
                nanos(stat.accessed()),
                nanos(stat.modified()),
                nanos(stat.changed()),
                OptionalLong.of(nanos(stat.created())),
                type(stat.type()) | stat.mode(),
                inode.isRemoved() ? 0 : stat.links(),
                owners.user(stat.owner()),
                owners.group(stat.group()),
                stat.device(),
                BLOCK);
    }

    static int type(Stat.Type type) {
        return switch (type) {
            case FILE -> Attributes.REGULAR;
            case DIRECTORY -> Attributes.DIRECTORY;
            case SYMLINK -> Attributes.SYMBOLIC_LINK;
            case FIFO -> Attributes.FIFO;
            case SOCKET -> Attributes.SOCKET;
            case CHARACTER_DEVICE -> Attributes.CHARACTER_DEVICE;
            case BLOCK_DEVICE -> Attributes.BLOCK_DEVICE;
        };
    }

    /** What is to be made by mknod(2); empty for what it can't make. */
    static Optional<Stat.Type> special(int mode) {
        return switch (mode & Attributes.TYPE) {
            case Attributes.FIFO -> Optional.of(Stat.Type.FIFO);
            case Attributes.SOCKET -> Optional.of(Stat.Type.SOCKET);
            case Attributes.CHARACTER_DEVICE -> Optional.of(Stat.Type.CHARACTER_DEVICE);
            case Attributes.BLOCK_DEVICE -> Optional.of(Stat.Type.BLOCK_DEVICE);
            default -> Optional.empty();
        };
    }

    private static long nanos(Instant time) {
        try {
            return Math.addExact(
                    Math.multiplyExact(time.getEpochSecond(), TimeUnit.SECONDS.toNanos(1)),
                    time.getNano());
        } catch (ArithmeticException e) {
            return time.getEpochSecond() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    static Instant instant(long nanos) {
        long second = TimeUnit.SECONDS.toNanos(1);
        return Instant.ofEpochSecond(Math.floorDiv(nanos, second), Math.floorMod(nanos, second));
    }
}
