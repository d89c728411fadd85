package holdfast.mount.fuse;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** The answer to one request: built in its frame, or beside it when it is long. */
final class Reply {
    private final Frame frame;
    private final Memory memory;
    private final MemorySegment payload;
    private long length;
    private @Nullable MemorySegment bulk;
    private @Nullable MemorySegment block;
    private @Nullable Runnable after;

    Reply(Frame frame, Memory memory) {
        this.frame = frame;
        this.memory = memory;
        payload = frame.payload;
    }

    void entry(Entry entry) {
        Structs.put(payload, 0, entry);
        length = Structs.ENTRY_BYTES;
    }

    void status(Status status) {
        Structs.put(payload, 0, status);
        length = Structs.STATUS_BYTES;
    }

    void statx(Status status) {
        Structs.putStatx(payload, status);
        length = Structs.STATX_BYTES;
    }

    void opened(Opened opened) {
        Structs.put(payload, 0, opened);
        length = Structs.OPENED_BYTES;
    }

    void created(Created created) {
        Structs.put(payload, 0, created.entry());
        Structs.put(payload, Structs.ENTRY_BYTES, created.opened());
        length = Structs.ENTRY_BYTES + Structs.OPENED_BYTES;
    }

    void space(Space space) {
        Structs.put(payload, space);
        length = Structs.SPACE_BYTES;
    }

    /** {@code struct fuse_lk_out}. */
    void lock(FileLock lock) {
        payload.set(JAVA_LONG, 0, lock.start());
        payload.set(JAVA_LONG, 8, lock.end());
        payload.set(JAVA_INT, 16, lock.kind().code());
        payload.set(JAVA_INT, 20, lock.process());
        length = 24;
    }

    /** A size of 32 bits and padding, as in {@code struct fuse_write_out}. */
    void size(int size) {
        payload.set(JAVA_INT, 0, size);
        payload.set(JAVA_INT, 4, 0);
        length = 8;
    }

    /** 64 bits, as in {@code struct fuse_lseek_out}. */
    void number(long number) {
        payload.set(JAVA_LONG, 0, number);
        length = 8;
    }

    void bytes(byte[] bytes) throws InterruptedException {
        MemorySegment to = room(bytes.length);
        MemorySegment.copy(bytes, 0, to, JAVA_BYTE, 0, bytes.length);
        filled(bytes.length);
    }

    /** What a read found: already in the frame, elsewhere outside the heap, or copied. */
    void data(ByteBuffer data) throws InterruptedException {
        MemorySegment segment = MemorySegment.ofBuffer(data);
        if (segment.isNative()) {
            length = segment.byteSize();
            bulk = segment.address() == payload.address() ? null : segment;
        } else {
            MemorySegment to = room(Math.toIntExact(segment.byteSize()));
            MemorySegment.copy(segment, 0, to, 0, segment.byteSize());
            filled(segment.byteSize());
        }
    }

    /** Memory for a payload; {@link #filled} says how much of it became one. */
    MemorySegment room(int bytes) throws InterruptedException {
        if (bytes <= Frame.PAYLOAD_BYTES) {
            return payload.asSlice(0, bytes);
        }
        if (bytes > Memory.TRANSFER_BYTES_MAX) {
            throw new FuseException(Errno.EIO, "an answer of " + bytes + " bytes");
        }
        MemorySegment taken = memory.takeBlock();
        block = taken;
        return taken.asSlice(0, bytes);
    }

    void filled(long bytes) {
        length = bytes;
        MemorySegment taken = block;
        bulk = taken == null ? null : taken.asSlice(0, bytes);
    }

    /** Sends it and returns 0, or the negated errno. */
    long send(int descriptor, long unique) {
        header(unique, 0, length);
        MemorySegment pieces = frame.pieces;
        MemorySegment beside = bulk;
        long n;
        if (beside == null) {
            n = LibC.write(frame.errno, descriptor, frame.answer, Frame.HEADER_BYTES + length);
        } else {
            pieces.set(ADDRESS, 0, frame.answer);
            pieces.set(JAVA_LONG, 8, Frame.HEADER_BYTES);
            pieces.set(ADDRESS, 16, beside);
            pieces.set(JAVA_LONG, 24, length);
            n = LibC.writev(frame.errno, descriptor, pieces, 2);
        }
        return Math.min(n, 0);
    }

    /** Sends a failure instead of what was built. */
    long fail(int descriptor, long unique, Errno errno) {
        header(unique, -errno.number(), 0);
        long n = LibC.write(frame.errno, descriptor, frame.answer, Frame.HEADER_BYTES);
        return Math.min(n, 0);
    }

    /** What is to be done when the answer is sent. */
    void after(Runnable action) {
        after = action;
    }

    /** Gives memory back. */
    void done() {
        Runnable last = after;
        if (last != null) {
            last.run();
        }
        MemorySegment taken = block;
        if (taken != null) {
            block = null;
            memory.give(taken);
        }
    }

    /** {@code struct fuse_out_header}. */
    private void header(long unique, int error, long payloadBytes) {
        MemorySegment answer = frame.answer;
        answer.set(JAVA_INT, 0, Math.toIntExact(Frame.HEADER_BYTES + payloadBytes));
        answer.set(JAVA_INT, 4, error);
        answer.set(JAVA_LONG, 8, unique);
    }
}
