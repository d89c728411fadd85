package holdfast.mount.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The memory of one request in flight: what was asked, if it is short, and a short answer. */
final class Frame {
    /** Requests up to this length are copied here. */
    static final int REQUEST_BYTES = 4096 + 256;

    /** {@code struct fuse_out_header}. */
    static final int HEADER_BYTES = 16;

    /** Answers up to this length fit. */
    static final int PAYLOAD_BYTES = 8192;

    private static final int PIECES_BYTES = 32;

    final MemorySegment request;

    /** Header and payload. */
    final MemorySegment answer;

    final MemorySegment payload;

    /** Two of {@code struct iovec}. */
    final MemorySegment pieces;

    final MemorySegment errno;

    Frame(Arena arena) {
        request = arena.allocate(REQUEST_BYTES, Long.BYTES);
        answer = arena.allocate(HEADER_BYTES + PAYLOAD_BYTES, Long.BYTES);
        payload = answer.asSlice(HEADER_BYTES);
        pieces = arena.allocate(PIECES_BYTES, Long.BYTES);
        errno = arena.allocate(LibC.ERRNO_BYTES, Long.BYTES);
    }
}
