package holdfast.wire.transport;

import holdfast.wire.transport.BadFrameException.Fault;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The fixed part of a frame. Its layout is the same in every version of the protocol, so that any
 * release can read who talks to it and step over what it does not know.
 *
 * @param version of the protocol, 0 to 255
 * @param flags bits
 * @param kind of the request that it is or answers
 * @param check of the fixed part alone, so that its lengths can be believed: the lower half of its
 *     CRC32C, without the two checks
 * @param sequence counts the requests of a connection; an answer repeats it
 * @param checksum CRC32C of the fixed part before it, the header and the body
 */
record FrameHead(
        int version,
        int flags,
        int kind,
        int check,
        int headerBytes,
        int bodyBytes,
        long bulkBytes,
        int sequence,
        int checksum) {

    private static final int CHECK_AT = 6;
    private static final int CHECKSUM_AT = 28;

    /** Takes a head off {@code in}, which has {@link Protocol#HEAD_BYTES} of it at least. */
    static FrameHead read(ByteBuffer in, FrameLimits limits) throws BadFrameException {
        int expected = checkOf(in.slice(in.position(), CHECKSUM_AT));
        checkMagic(in.getShort());
        int version = Byte.toUnsignedInt(in.get());
        int flags = Byte.toUnsignedInt(in.get());
        int kind = Short.toUnsignedInt(in.getShort());
        FrameHead head = new FrameHead(
                version,
                flags,
                kind,
                Short.toUnsignedInt(in.getShort()),
                in.getInt(),
                in.getInt(),
                in.getLong(),
                in.getInt(),
                in.getInt());
        if (head.check != expected) {
            throw mangled();
        }
        head.check(limits);
        return head;
    }

    /** Whether a frame begins with these two bytes. */
    static void checkMagic(short magic) throws BadFrameException {
        if (Short.toUnsignedInt(magic) != Protocol.MAGIC) {
            throw new BadFrameException(Fault.GARBAGE, "bytes that are not Holdfast's protocol");
        }
    }

    /** Completes {@code frame}, whose header and body are already there, with its head. */
    static void write(
            ByteBuffer frame, int flags, int kind, int sequence, int headerBytes, long bulkBytes) {
        int bodyBytes = frame.limit() - Protocol.HEAD_BYTES - headerBytes;
        frame.putShort(0, (short) Protocol.MAGIC)
                .put(2, (byte) Protocol.VERSION)
                .put(3, (byte) flags)
                .putShort(4, (short) kind)
                .putInt(8, headerBytes)
                .putInt(12, bodyBytes)
                .putLong(16, bulkBytes)
                .putInt(24, sequence);
        putCheck(frame);
        CRC32C crc = new CRC32C();
        crc.update(frame.slice(0, CHECKSUM_AT));
        crc.update(frame.slice(Protocol.HEAD_BYTES, headerBytes + bodyBytes));
        frame.putInt(CHECKSUM_AT, (int) crc.getValue());
    }

    /** Puts the check of the fixed part, which is there but for its checks, into {@code frame}. */
    static void putCheck(ByteBuffer frame) {
        frame.putShort(CHECK_AT, (short) checkOf(frame.slice(0, CHECKSUM_AT)));
    }

    /** Whether {@code control}, the header and the body, is what was sent. */
    void verify(ByteBuffer control) throws BadFrameException {
        CRC32C crc = new CRC32C();
        crc.update(fixedPart());
        crc.update(control.duplicate());
        if ((int) crc.getValue() != checksum) {
            throw mangled();
        }
    }

    private static int checkOf(ByteBuffer fixedPart) {
        CRC32C crc = new CRC32C();
        crc.update(fixedPart.slice(0, CHECK_AT));
        crc.update(fixedPart.slice(CHECK_AT + Short.BYTES, CHECKSUM_AT - CHECK_AT - Short.BYTES));
        return (int) (crc.getValue() & 0xffff);
    }

    private static BadFrameException mangled() {
        return new BadFrameException(Fault.MANGLED, "a frame whose checksum does not fit");
    }

    int controlBytes() {
        return headerBytes + bodyBytes;
    }

    boolean isReply() {
        return (flags & Protocol.FLAG_REPLY) != 0;
    }

    boolean isLast() {
        return (flags & Protocol.FLAG_LAST) != 0;
    }

    private void check(FrameLimits limits) throws BadFrameException {
        if (headerBytes < 0 || headerBytes > limits.header()) {
            throw oversize("header", Integer.toUnsignedLong(headerBytes), limits.header());
        }
        if (bodyBytes < 0 || bodyBytes > limits.body()) {
            throw oversize("body", Integer.toUnsignedLong(bodyBytes), limits.body());
        }
        if (bulkBytes < 0 || bulkBytes > limits.bulk()) {
            throw oversize("bulk", bulkBytes, limits.bulk());
        }
    }

    private static BadFrameException oversize(String part, long bytes, long max) {
        return new BadFrameException(
                Fault.OVERSIZE,
                "a " + part + " of " + Long.toUnsignedString(bytes) + " bytes, over the limit of "
                        + max);
    }

    private ByteBuffer fixedPart() {
        return ByteBuffer.allocate(CHECKSUM_AT)
                .putShort((short) Protocol.MAGIC)
                .put((byte) version)
                .put((byte) flags)
                .putShort((short) kind)
                .putShort((short) check)
                .putInt(headerBytes)
                .putInt(bodyBytes)
                .putLong(bulkBytes)
                .putInt(sequence)
                .flip();
    }
}
