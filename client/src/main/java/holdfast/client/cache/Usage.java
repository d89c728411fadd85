package holdfast.client.cache;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Counters that all processes share: mapped files, changed by atomic instructions. Bytes are
 * reserved before they are written and given back after they are freed, so a killed process can
 * only leave the count too high; each eviction counts anew. What each process has reserved and not
 * written yet is in a file of its own, which goes with it.
 */
final class Usage {
    /** The file in a process's folder that counts its reservations. */
    static final String RESERVED = "reserved";

    private static final long BYTES = 64;
    private static final long USED = 0;
    private static final long PRESSURE = 8;
    private static final long UNSYNCED = 16;
    private static final VarHandle LONGS = ValueLayout.JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment shared;
    private final MemorySegment own;

    Usage(Folder folder, Path processHome) throws IOException {
        shared = map(folder.usage());
        own = map(processHome.resolve(RESERVED));
    }

    private MemorySegment map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            if (channel.size() < BYTES) {
                // Written, not only mapped: on a full disk the first store to a hole would kill the
                // process.
                int _ = channel.write(ByteBuffer.allocate((int) BYTES), 0);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, arena);
        }
    }

    /** Bytes taken or reserved. */
    long used() {
        return (long) LONGS.getVolatile(shared, USED);
    }

    /** Reserves bytes; returns those taken or reserved by all then. */
    long reserve(long bytes) {
        add(own, USED, bytes);
        return add(shared, USED, bytes);
    }

    /** Reserved bytes have become an object. */
    void settle(long bytes) {
        add(own, USED, -bytes);
    }

    /** Reserved bytes are not needed. */
    void cancel(long bytes) {
        add(own, USED, -bytes);
        add(shared, USED, -bytes);
    }

    /** An object of so many bytes is gone. */
    void removed(long bytes) {
        add(shared, USED, -bytes);
    }

    /**
     * Corrects the count by what a scan that began at {@code before} found; what was added
     * meanwhile stays.
     */
    void correct(long before, long counted) {
        add(shared, USED, counted - before);
    }

    /** What the process with that folder has reserved. */
    static long reservedIn(Path processHome) throws IOException {
        try {
            byte[] bytes = Files.readAllBytes(processHome.resolve(RESERVED));
            return bytes.length < Long.BYTES
                    ? 0
                    : ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static long add(MemorySegment segment, long offset, long bytes) {
        return (long) LONGS.getAndAdd(segment, offset, bytes) + bytes;
    }

    /** Grows each time that some process wants others to let go of what they don't use. */
    long pressure() {
        return (long) LONGS.getVolatile(shared, PRESSURE);
    }

    void press() {
        add(shared, PRESSURE, 1);
    }

    /** Whether objects were added since the disk was synced for all. */
    boolean unsynced() {
        return (long) LONGS.getVolatile(shared, UNSYNCED) != 0;
    }

    void unsynced(boolean yes) {
        LONGS.setVolatile(shared, UNSYNCED, yes ? 1L : 0L);
    }
}
