package holdfast.model.id;

/**
 * The identity of a vnode in its cell: 20 bits of volume number, 44 bits of vnode number. Never
 * used again.
 *
 * @param value the 64 bits; the volume in the upper 20
 */
public record FileId(long value) implements Comparable<FileId> {
    /** Bits of the vnode number. */
    public static final int VNODE_BITS = 44;

    /** The largest volume number. */
    public static final int VOLUME_MAX = (1 << 20) - 1;

    /** The largest vnode number in a volume. */
    public static final long VNODE_MAX = (1L << VNODE_BITS) - 1;

    private static final long ROOT_VNODE = 1;

    public FileId {
        if (value >>> VNODE_BITS == 0 || (value & VNODE_MAX) == 0) {
            throw new IllegalArgumentException(
                    "no volume or vnode number in " + Long.toHexString(value));
        }
    }

    /** The vnode {@code vnode} of volume {@code volume}. */
    public static FileId of(int volume, long vnode) {
        if (volume < 1 || volume > VOLUME_MAX || vnode < 1 || vnode > VNODE_MAX) {
            throw new IllegalArgumentException("volume " + volume + ", vnode " + vnode);
        }
        return new FileId(((long) volume << VNODE_BITS) | vnode);
    }

    /** The root directory of a volume. */
    public static FileId rootOf(int volume) {
        return of(volume, ROOT_VNODE);
    }

    /** Whether these bits could be an identity at all; for bits from the network. */
    public static boolean valid(long value) {
        return value >>> VNODE_BITS != 0 && (value & VNODE_MAX) != 0;
    }

    /** The number of the volume that holds it. */
    public int volume() {
        return (int) (value >>> VNODE_BITS);
    }

    /** Its number in the volume. */
    public long vnode() {
        return value & VNODE_MAX;
    }

    /** Whether this is its volume's root directory. */
    public boolean isRoot() {
        return vnode() == ROOT_VNODE;
    }

    @Override
    public int compareTo(FileId other) {
        return Long.compareUnsigned(value, other.value);
    }

    /** As people see it: {@code 3.1a4} (volume in decimal, vnode in hexadecimal). */
    @Override
    public String toString() {
        return volume() + "." + Long.toHexString(vnode());
    }
}
