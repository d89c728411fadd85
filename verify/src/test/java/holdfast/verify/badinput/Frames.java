package holdfast.verify.badinput;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Frames written byte by byte, as docs/formats.md describes them. */
final class Frames {
    static final int HEAD_BYTES = 32;
    static final int HELLO = 1;
    static final int REPLY = 1;
    private static final int MAGIC = 0x4846;
    private static final int CHECK_AT = 6;
    private static final int SEQUENCE_AT = 24;
    private static final int CHECKSUM_AT = 28;

    private Frames() {}

    /** A head that announces so many bytes, with a checksum that fits nothing. */
    static byte[] head(int headerBytes, int bodyBytes, long bulkBytes) {
        return head(1, 0, 1, headerBytes, bodyBytes, bulkBytes);
    }

    /** A whole frame without header and bulk. */
    static byte[] frame(int version, int flags, int sequence, byte[] body) {
        byte[] head = head(version, flags, sequence, 0, body.length, 0);
        CRC32C checksum = new CRC32C();
        checksum.update(head, 0, CHECKSUM_AT);
        checksum.update(body);
        return ByteBuffer.allocate(HEAD_BYTES + body.length)
                .put(head)
                .putInt(CHECKSUM_AT, (int) checksum.getValue())
                .put(body)
                .array();
    }

    private static byte[] head(
            int version, int flags, int sequence, int headerBytes, int bodyBytes, long bulkBytes) {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES)
                .putShort(0, (short) MAGIC)
                .put(2, (byte) version)
                .put(3, (byte) flags)
                .putShort(4, (short) HELLO)
                .putInt(8, headerBytes)
                .putInt(12, bodyBytes)
                .putLong(16, bulkBytes)
                .putInt(SEQUENCE_AT, sequence)
                .putInt(CHECKSUM_AT, 0);
        CRC32C check = new CRC32C();
        check.update(head.slice(0, CHECK_AT));
        check.update(head.slice(CHECK_AT + 2, CHECKSUM_AT - CHECK_AT - 2));
        return head.putShort(CHECK_AT, (short) check.getValue()).array();
    }

    /** The sequence number of the request that begins with these bytes. */
    static int sequenceOf(byte[] request) {
        return ByteBuffer.wrap(request).getInt(SEQUENCE_AT);
    }
}
