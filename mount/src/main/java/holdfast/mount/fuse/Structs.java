package holdfast.mount.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * The answers that several operations share, byte by byte; memory beneath them must be aligned to
 * eight bytes. Offsets are those of {@code linux/fuse.h}.
 */
final class Structs {
    static final int ENTRY_BYTES = 128;
    static final int STATUS_BYTES = 104;
    static final int OPENED_BYTES = 16;
    static final int STATX_BYTES = 288;
    static final int SPACE_BYTES = 80;

    private static final long NANOS = 1_000_000_000L;
    private static final int BASIC_STATS = 0x7ff;
    private static final int BIRTH = 0x800;

    private Structs() {}

    /** {@code struct fuse_entry_out}. */
    static void put(MemorySegment to, long at, Entry entry) {
        Duration attributesValid = entry.status().valid();
        to.set(JAVA_LONG, at, entry.node());
        to.set(JAVA_LONG, at + 8, entry.generation());
        to.set(JAVA_LONG, at + 16, entry.valid().toSeconds());
        to.set(JAVA_LONG, at + 24, attributesValid.toSeconds());
        to.set(JAVA_INT, at + 32, entry.valid().toNanosPart());
        to.set(JAVA_INT, at + 36, attributesValid.toNanosPart());
        put(to, at + 40, entry.status().attributes());
    }

    /** {@code struct fuse_attr_out}. */
    static void put(MemorySegment to, long at, Status status) {
        to.set(JAVA_LONG, at, status.valid().toSeconds());
        to.set(JAVA_INT, at + 8, status.valid().toNanosPart());
        to.set(JAVA_INT, at + 12, 0);
        put(to, at + 16, status.attributes());
    }

    /** {@code struct fuse_open_out}. */
    static void put(MemorySegment to, long at, Opened opened) {
        to.set(JAVA_LONG, at, opened.handle());
        to.set(JAVA_INT, at + 8, opened.bits());
        to.set(JAVA_INT, at + 12, opened.backing().map(Backing::number).orElse(0));
    }

    /** {@code struct fuse_attr}. */
    private static void put(MemorySegment to, long at, Attributes attributes) {
        to.set(JAVA_LONG, at, attributes.number());
        to.set(JAVA_LONG, at + 8, attributes.size());
        to.set(JAVA_LONG, at + 16, attributes.blocks());
        to.set(JAVA_LONG, at + 24, seconds(attributes.accessedNanos()));
        to.set(JAVA_LONG, at + 32, seconds(attributes.modifiedNanos()));
        to.set(JAVA_LONG, at + 40, seconds(attributes.changedNanos()));
        to.set(JAVA_INT, at + 48, nanos(attributes.accessedNanos()));
        to.set(JAVA_INT, at + 52, nanos(attributes.modifiedNanos()));
        to.set(JAVA_INT, at + 56, nanos(attributes.changedNanos()));
        to.set(JAVA_INT, at + 60, attributes.mode());
        to.set(JAVA_INT, at + 64, attributes.links());
        to.set(JAVA_INT, at + 68, attributes.user());
        to.set(JAVA_INT, at + 72, attributes.group());
        to.set(JAVA_INT, at + 76, attributes.device());
        to.set(JAVA_INT, at + 80, attributes.blockBytes());
        to.set(JAVA_INT, at + 84, 0);
    }

    /** {@code struct fuse_statx_out}; the time of birth must be known. */
    static void putStatx(MemorySegment to, Status status) {
        Attributes attributes = status.attributes();
        to.asSlice(0, STATX_BYTES).fill((byte) 0);
        to.set(JAVA_LONG, 0, status.valid().toSeconds());
        to.set(JAVA_INT, 8, status.valid().toNanosPart());
        final long at = 32;
        to.set(JAVA_INT, at, BASIC_STATS | BIRTH);
        to.set(JAVA_INT, at + 4, attributes.blockBytes());
        to.set(JAVA_INT, at + 16, attributes.links());
        to.set(JAVA_INT, at + 20, attributes.user());
        to.set(JAVA_INT, at + 24, attributes.group());
        to.set(JAVA_SHORT, at + 28, (short) attributes.mode());
        to.set(JAVA_LONG, at + 32, attributes.number());
        to.set(JAVA_LONG, at + 40, attributes.size());
        to.set(JAVA_LONG, at + 48, attributes.blocks());
        putTime(to, at + 64, attributes.accessedNanos());
        putTime(to, at + 80, attributes.bornNanos().orElseThrow());
        putTime(to, at + 96, attributes.changedNanos());
        putTime(to, at + 112, attributes.modifiedNanos());
        to.set(JAVA_INT, at + 128, major(attributes.device()));
        to.set(JAVA_INT, at + 132, minor(attributes.device()));
    }

    /** {@code struct fuse_statfs_out}. */
    static void put(MemorySegment to, Space space) {
        to.asSlice(0, SPACE_BYTES).fill((byte) 0);
        to.set(JAVA_LONG, 0, space.blocks());
        to.set(JAVA_LONG, 8, space.free());
        to.set(JAVA_LONG, 16, space.available());
        to.set(JAVA_LONG, 24, space.files());
        to.set(JAVA_LONG, 32, space.filesFree());
        to.set(JAVA_INT, 40, space.blockBytes());
        to.set(JAVA_INT, 44, space.nameBytesMax());
        to.set(JAVA_INT, 48, space.blockBytes());
    }

    /** Saturates, as the kernel does with times that a file system can't hold. */
    static long time(long seconds, int nanos) {
        if (seconds > Long.MAX_VALUE / NANOS - 1) {
            return Long.MAX_VALUE;
        }
        if (seconds < Long.MIN_VALUE / NANOS + 1) {
            return Long.MIN_VALUE;
        }
        return seconds * NANOS + nanos;
    }

    private static void putTime(MemorySegment to, long at, long time) {
        to.set(JAVA_LONG, at, seconds(time));
        to.set(JAVA_INT, at + 8, nanos(time));
    }

    private static long seconds(long time) {
        return Math.floorDiv(time, NANOS);
    }

    private static int nanos(long time) {
        return (int) Math.floorMod(time, NANOS);
    }

    // The kernel's new_encode_dev: 12 bits of major between 8 and 12 of minor.
    private static int major(int device) {
        return (device >>> 8) & 0xfff;
    }

    private static int minor(int device) {
        return (device & 0xff) | ((device >>> 12) & 0xfff00);
    }
}
