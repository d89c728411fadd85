package holdfast.wire.transport;

import holdfast.wire.proto.Role;

/** The constants of the wire. docs/formats.md, "Frames", describes them. */
final class Protocol {
    /** What this release speaks. */
    static final int VERSION = 1;

    /** First two bytes of every frame: "HF". */
    static final int MAGIC = 0x4846;

    /** Bytes before a frame's header. */
    static final int HEAD_BYTES = 32;

    static final int FLAG_REPLY = 1;

    /** On an answer: the server closes the connection after it. */
    static final int FLAG_LAST = 2;

    /** A server's word on its own account, to no request: too many connections. */
    static final int KIND_NONE = 0;

    static final int KIND_HELLO = 1;
    static final int KIND_OPEN_CALLBACKS = 2;
    static final int KIND_CALLBACK = 3;

    /** Bulk up to this many bytes is written together with its message. */
    static final int GATHERED_BULK_BYTES_MAX = 80 * 1024;

    private Protocol() {}

    /** What people call a server of this role. */
    static String nameOf(Role role) {
        return switch (role) {
            case DIRECTORY -> "directory server";
            case LOCKING -> "locking server";
            case FILES -> "file server";
            case ROLE_NONE, UNRECOGNIZED -> "server";
        };
    }
}
