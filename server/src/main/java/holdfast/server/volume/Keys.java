package holdfast.server.volume;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import java.nio.ByteBuffer;

/** The keys of the namespace table: one letter for the kind, then fixed big-endian numbers. */
final class Keys {
    /** The last entry applied. */
    static final ByteString APPLIED = kind('p');

    /** What belongs to the group as a whole. */
    static final ByteString GROUP = kind('g');

    static final ByteString CLIENTS = kind('c');
    static final ByteString VOLUMES = kind('w');
    static final ByteString VNODES = kind('v');
    static final ByteString QUEUE = kind('q');
    static final ByteString CHUNKS = kind('k');

    private Keys() {}

    static ByteString client(long client) {
        return of('c', client);
    }

    /** All remembered answers of a client. */
    static ByteString answers(long client) {
        return of('a', client);
    }

    static ByteString answer(long client, long request) {
        return of('a', client, request);
    }

    static ByteString volume(int number) {
        return wrap(buffer('w', Integer.BYTES).putInt(number));
    }

    /** The number in a volume's key. */
    static int volumeOf(ByteString key) {
        return key.asReadOnlyByteBuffer().getInt(VOLUMES.size());
    }

    static ByteString vnode(long file) {
        return of('v', file);
    }

    /** All names in a folder. */
    static ByteString entries(long folder) {
        return of('e', folder);
    }

    static ByteString entry(long folder, ByteString name) {
        return named('e', folder, name);
    }

    /** All extended attributes of a vnode. */
    static ByteString xattrs(long file) {
        return of('x', file);
    }

    static ByteString xattr(long file, ByteString name) {
        return named('x', file, name);
    }

    static ByteString inline(long file, long version) {
        return of('i', file, version);
    }

    static ByteString manifest(long file, long version) {
        return of('m', file, version);
    }

    /** All replaced versions of a file. */
    static ByteString replaced(long file) {
        return of('r', file);
    }

    static ByteString replaced(long file, long version) {
        return of('r', file, version);
    }

    /** Replaced versions in the order in which they were replaced. */
    static ByteString queued(long index, int ordinal) {
        return wrap(buffer('q', Long.BYTES + Integer.BYTES).putLong(index).putInt(ordinal));
    }

    static ByteString chunk(ByteString hash) {
        return CHUNKS.concat(hash);
    }

    /** All mount points in a volume. */
    static ByteString mounts(int volume) {
        return wrap(buffer('n', Integer.BYTES).putInt(volume));
    }

    static ByteString mount(int volume, int mounted) {
        return wrap(buffer('n', 2 * Integer.BYTES).putInt(volume).putInt(mounted));
    }

    /** A number as a value, or as part of one. */
    static ByteString number(long value) {
        return wrap(ByteBuffer.allocate(Long.BYTES).putLong(value));
    }

    /** The number at {@code offset} of a key or value. */
    static long number(ByteString bytes, int offset) {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = (value << Byte.SIZE) | (bytes.byteAt(offset + i) & 0xff);
        }
        return value;
    }

    /** What keys of a kind begin with. */
    static ByteString kind(char kind) {
        return ByteString.copyFrom(new byte[] {(byte) kind});
    }

    private static ByteString of(char kind, long number) {
        return wrap(buffer(kind, Long.BYTES).putLong(number));
    }

    private static ByteString of(char kind, long first, long second) {
        return wrap(buffer(kind, 2 * Long.BYTES).putLong(first).putLong(second));
    }

    private static ByteString named(char kind, long number, ByteString name) {
        ByteBuffer buffer = buffer(kind, Long.BYTES + name.size()).putLong(number);
        name.copyTo(buffer);
        return wrap(buffer);
    }

    private static ByteBuffer buffer(char kind, int size) {
        return ByteBuffer.allocate(1 + size).put((byte) kind);
    }

    private static ByteString wrap(ByteBuffer buffer) {
        return UnsafeByteOperations.unsafeWrap(buffer.flip());
    }
}
