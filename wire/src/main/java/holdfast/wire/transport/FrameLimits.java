package holdfast.wire.transport;

/**
 * The most bytes of the parts of a frame that one side takes.
 *
 * @param header of the header
 * @param body of the message's own part
 * @param bulk of the raw bytes behind it
 */
record FrameLimits(int header, int body, long bulk) {
    /** Of a request; each method bounds its bulk further. */
    static final FrameLimits REQUEST = new FrameLimits(64 << 10, 4 << 20, 1L << 43);

    /** Of an answer: its header may name all chunks that a store lacks. */
    static final FrameLimits REPLY = new FrameLimits(1 << 20, 4 << 20, 1L << 43);
}
