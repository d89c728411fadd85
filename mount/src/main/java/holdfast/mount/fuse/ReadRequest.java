package holdfast.mount.fuse;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A range of an open file that is to be read, and memory to read it into. */
public final class ReadRequest {
    private final long node;
    private final long handle;
    private final long offset;
    private final int size;
    private final Frame frame;
    private final Memory memory;
    private @Nullable MemorySegment block;

    ReadRequest(long node, long handle, long offset, int size, Frame frame, Memory memory) {
        this.node = node;
        this.handle = handle;
        this.offset = offset;
        this.size = size;
        this.frame = frame;
        this.memory = memory;
    }

    /** The inode. */
    public long node() {
        return node;
    }

    /** The open file. */
    public long handle() {
        return handle;
    }

    /** The first byte's offset. */
    public long offset() {
        return offset;
    }

    /** How many bytes; fewer mean the file's end. At most 1 MiB. */
    public int size() {
        return size;
    }

    /**
     * Memory outside the heap with room for {@link #size} bytes, valid until the operation returns.
     * The same at each call. Waits when much is in flight; fails with ENOMEM when that takes long.
     */
    public ByteBuffer buffer() throws InterruptedException {
        if (size <= Frame.PAYLOAD_BYTES) {
            return frame.payload.asSlice(0, size).asByteBuffer();
        }
        MemorySegment taken = block;
        if (taken == null) {
            taken = memory.takeBlock();
            block = taken;
        }
        return taken.asSlice(0, size).asByteBuffer();
    }

    /** Gives the memory back. */
    void done() {
        MemorySegment taken = block;
        if (taken != null) {
            block = null;
            memory.give(taken);
        }
    }
}
