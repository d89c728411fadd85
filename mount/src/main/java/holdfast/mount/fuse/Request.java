package holdfast.mount.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import holdfast.model.failure.FailureException;
import holdfast.model.path.Name;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * What the kernel sent, read from front to back; nothing is read beyond its end. A request that is
 * too short for its operation fails with EIO.
 */
final class Request {
    /** {@code struct fuse_in_header}. */
    static final int HEADER_BYTES = 40;

    private final MemorySegment memory;
    private long position = HEADER_BYTES;

    /** {@code memory} is as long as what was read. */
    private Request(MemorySegment memory) {
        this.memory = memory;
    }

    /** EIO when the lengths disagree: the device hands out whole requests only. */
    static Request of(MemorySegment memory) {
        if (memory.byteSize() < HEADER_BYTES
                || memory.get(JAVA_INT_UNALIGNED, 0) != memory.byteSize()) {
            throw new FuseException(Errno.EIO, "a request of " + memory.byteSize() + " bytes");
        }
        return new Request(memory);
    }

    long length() {
        return memory.byteSize();
    }

    int operation() {
        return memory.get(JAVA_INT_UNALIGNED, 4);
    }

    long unique() {
        return memory.get(JAVA_LONG_UNALIGNED, 8);
    }

    long node() {
        return memory.get(JAVA_LONG_UNALIGNED, 16);
    }

    Call call() {
        return new Call(
                memory.get(JAVA_INT_UNALIGNED, 24),
                memory.get(JAVA_INT_UNALIGNED, 28),
                memory.get(JAVA_INT_UNALIGNED, 32));
    }

    /** The same in other memory, from the start. */
    Request copiedTo(MemorySegment other) {
        MemorySegment.copy(memory, 0, other, 0, memory.byteSize());
        return new Request(other.asSlice(0, memory.byteSize()));
    }

    int nextInt() {
        return memory.get(JAVA_INT_UNALIGNED, advance(Integer.BYTES));
    }

    long nextLong() {
        return memory.get(JAVA_LONG_UNALIGNED, advance(Long.BYTES));
    }

    /** An unsigned number of 32 bits that must fit an array. */
    int nextLength() {
        int length = nextInt();
        if (length < 0) {
            throw new FuseException(
                    Errno.EINVAL, "a length of " + Integer.toUnsignedString(length));
        }
        return length;
    }

    /** A number of 64 bits that is an offset or a length in a file. */
    long nextOffset() {
        long offset = nextLong();
        if (offset < 0) {
            throw new FuseException(Errno.EINVAL, "an offset of " + offset);
        }
        return offset;
    }

    Request skip(int bytes) {
        advance(bytes);
        return this;
    }

    boolean hasMore(int bytes) {
        return memory.byteSize() - position >= bytes;
    }

    /** Bytes up to a NUL, which is skipped. */
    byte[] nextString() {
        long end = position;
        while (end < memory.byteSize() && memory.get(JAVA_BYTE, end) != 0) {
            end++;
        }
        int length = Math.toIntExact(end - position);
        long start = advance(length + 1);
        return memory.asSlice(start, length).toArray(JAVA_BYTE);
    }

    Name nextName() {
        byte[] bytes = nextString();
        if (bytes.length > Name.BYTES_MAX) {
            throw new FuseException(Errno.ENAMETOOLONG);
        }
        try {
            return Name.of(bytes);
        } catch (FailureException e) {
            throw new FuseException(Errno.EINVAL, String.valueOf(e.getMessage()));
        }
    }

    /** An extended attribute's name. */
    String nextText() {
        try {
            CharBuffer text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(nextString()));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw new FuseException(Errno.EILSEQ);
        }
    }

    byte[] nextBytes(int length) {
        return memory.asSlice(advance(length), length).toArray(JAVA_BYTE);
    }

    /** The bytes themselves, read-only; valid as long as the request's memory is. */
    ByteBuffer nextView(int length) {
        return memory.asSlice(advance(length), length).asByteBuffer().asReadOnlyBuffer();
    }

    private long advance(int bytes) {
        if (!hasMore(bytes)) {
            throw new FuseException(
                    Errno.EIO,
                    "operation " + operation() + " of " + memory.byteSize()
                            + " bytes is too short");
        }
        long at = position;
        position += bytes;
        return at;
    }
}
