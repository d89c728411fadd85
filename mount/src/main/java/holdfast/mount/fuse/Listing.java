package holdfast.mount.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import holdfast.model.path.Name;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** A directory's entries on their way to the kernel; bounded by what it asked for. */
public final class Listing {
    private static final int HEADER_BYTES = 24;
    private static final int TYPE_SHIFT = 12;
    private static final byte[] SELF = ".".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PARENT = "..".getBytes(StandardCharsets.US_ASCII);

    private final MemorySegment memory;
    private final boolean withStatus;
    private long used;

    Listing(MemorySegment memory, boolean withStatus) {
        this.memory = memory;
        this.withStatus = withStatus;
    }

    /**
     * Adds a name without its status.
     *
     * @param number the inode's
     * @param mode of which the type is told
     * @param next where a later listing goes on after this entry; not 0
     * @return false, and nothing added, when it is full
     */
    public boolean add(Name name, long number, int mode, long next) {
        return add(name.bytes(), number, mode, next, withStatus ? Structs.ENTRY_BYTES : 0);
    }

    /** Adds {@code .}; see {@link #add}. */
    public boolean addSelf(long number, long next) {
        return add(SELF, number, Attributes.DIRECTORY, next, withStatus ? Structs.ENTRY_BYTES : 0);
    }

    /** Adds {@code ..}; see {@link #add}. */
    public boolean addParent(long number, long next) {
        return add(
                PARENT, number, Attributes.DIRECTORY, next, withStatus ? Structs.ENTRY_BYTES : 0);
    }

    /**
     * Adds a name with all that a lookup of it would tell; it counts as one when true is returned.
     * Only in {@link FuseFileSystem#readdirplus}.
     */
    public boolean addEntry(Name name, Entry entry, long next) {
        if (!withStatus) {
            throw new IllegalStateException("a listing without status");
        }
        long at = used;
        Attributes attributes = entry.status().attributes();
        if (!add(name.bytes(), attributes.number(), attributes.mode(), next, Structs.ENTRY_BYTES)) {
            return false;
        }
        Structs.put(memory, at, entry);
        return true;
    }

    private boolean add(byte[] name, long number, int mode, long next, long before) {
        long length = before + HEADER_BYTES + name.length;
        long padded = (length + Long.BYTES - 1) & -Long.BYTES;
        if (used + padded > memory.byteSize()) {
            return false;
        }
        memory.asSlice(used, padded).fill((byte) 0);
        long at = used + before;
        memory.set(JAVA_LONG, at, number);
        memory.set(JAVA_LONG, at + 8, next);
        memory.set(JAVA_INT, at + 16, name.length);
        memory.set(JAVA_INT, at + 20, (mode & Attributes.TYPE) >> TYPE_SHIFT);
        MemorySegment.copy(name, 0, memory, JAVA_BYTE, at + HEADER_BYTES, name.length);
        used += padded;
        return true;
    }

    /** How many bytes were added. */
    long bytes() {
        return used;
    }
}
