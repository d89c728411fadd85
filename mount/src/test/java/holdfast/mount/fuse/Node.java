package holdfast.mount.fuse;

import holdfast.model.path.Name;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** An inode of {@link MemoryFiles}. Not for several threads at once. */
final class Node {
    private static final int SECTOR = 512;
    private static final int BLOCK = 4096;

    final long id;
    final int device;
    final Map<Name, Node> children = new TreeMap<>();
    final Map<String, byte[]> xattrs = new TreeMap<>();
    int mode;
    int user;
    int group;
    int links;
    int folders;
    long lookups;
    Node parent = this;
    byte[] bytes = {};
    int size;
    long accessed = now();
    long modified = accessed;
    long changed = accessed;
    private final long born = accessed;

    Node(long id, int mode, int user, int group, int device) {
        this.id = id;
        this.mode = mode;
        this.user = user;
        this.group = group;
        this.device = device;
    }

    static long now() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    boolean is(int type) {
        return (mode & Attributes.TYPE) == type;
    }

    void touched() {
        changed = now();
    }

    void resize(long to) {
        if (to > Integer.MAX_VALUE - 8) {
            throw new FuseException(Errno.EFBIG);
        }
        if (to > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(to, Math.min(2L * bytes.length, 1 << 30)));
        } else if (to < size) {
            Arrays.fill(bytes, (int) to, size, (byte) 0);
        }
        size = (int) to;
        modified = now();
        changed = modified;
    }

    void write(long offset, ByteBuffer data) {
        long end = offset + data.remaining();
        if (end > size) {
            resize(end);
        }
        data.get(bytes, (int) offset, data.remaining());
        modified = now();
        changed = modified;
    }

    void fill(String text) {
        write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    Status status(Duration valid) {
        return new Status(
                new Attributes(
                        id,
                        size,
                        (size + SECTOR - 1) / SECTOR,
                        accessed,
                        modified,
                        changed,
                        OptionalLong.of(born),
                        mode,
                        is(Attributes.DIRECTORY) ? links + 1 + folders : links,
                        user,
                        group,
                        device,
                        BLOCK),
                valid);
    }

    Entry entry(Duration valid) {
        return new Entry(id, 0, valid, status(valid));
    }
}
