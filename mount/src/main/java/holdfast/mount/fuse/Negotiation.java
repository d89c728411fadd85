package holdfast.mount.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;

/**
 * What kernel and file system agreed on with INIT, the first request.
 *
 * @param minor of the kernel's protocol version 7
 * @param features of both
 */
record Negotiation(int minor, Set<Feature> features) {
    private static final int MAJOR = 7;
    private static final int MINOR_MIN = 31;
    private static final int MINOR_MAX = 45;
    private static final int MINOR_OF_EPOCHS = 44;

    private static final long ASYNC_READ = 1;
    private static final long ATOMIC_O_TRUNC = 1L << 3;
    private static final long BIG_WRITES = 1L << 5;
    private static final long ASYNC_DIO = 1L << 15;
    private static final long PARALLEL_DIROPS = 1L << 18;
    private static final long MAX_PAGES = 1L << 22;
    private static final long EXPLICIT_INVAL_DATA = 1L << 25;
    private static final long INIT_EXT = 1L << 30;

    /**
     * Always wanted. HANDLE_KILLPRIV_V2 is not: with it the kernel leaves setuid bits alone when it
     * writes to a backing file.
     */
    private static final long ALWAYS = ASYNC_READ
            | ATOMIC_O_TRUNC
            | BIG_WRITES
            | ASYNC_DIO
            | PARALLEL_DIROPS
            | MAX_PAGES
            | EXPLICIT_INVAL_DATA
            | INIT_EXT;

    private static final int REPLY_BYTES = 64;
    private static final int BACKGROUND_MAX = 64;
    private static final int CONGESTION = 48;
    private static final int PAGES_MAX = 256;

    /** Whether {@link FuseMount#incrementEpoch} works. */
    boolean knowsEpochs() {
        return minor >= MINOR_OF_EPOCHS;
    }

    /** Reads the kernel's INIT from the device and answers it. Blocks until it comes. */
    static Negotiation with(int device, MountOptions options, Memory memory) throws IOException {
        MemorySegment block = memory.newBlock();
        Frame frame = memory.newFrame();
        Reply reply = new Reply(frame, memory);
        while (true) {
            long n = LibC.read(frame.errno, device, block);
            if (n == -LibC.EINTR) {
                continue;
            }
            if (n < 0) {
                throw new LibC.Failed("reading the kernel's first request", (int) -n);
            }
            Request request = Request.of(block.asSlice(0, n));
            if (request.operation() != Opcode.INIT) {
                throw new IOException("the kernel's first request is " + request.operation());
            }
            int major = request.nextInt();
            int minor = request.nextInt();
            if (major < MAJOR || (major == MAJOR && minor < MINOR_MIN)) {
                reply.fail(device, request.unique(), Errno.EOPNOTSUPP);
                throw new IOException("the kernel speaks FUSE %d.%d; 7.31 (Linux 5.4) is needed"
                        .formatted(major, minor));
            }
            if (major > MAJOR) {
                // It will ask again, in our version.
                frame.payload.fill((byte) 0);
                frame.payload.set(JAVA_INT, 0, MAJOR);
                sent(reply, REPLY_BYTES, device, request);
                continue;
            }
            return agreed(request, minor, options, device, frame, reply);
        }
    }

    /** {@code struct fuse_init_in} from its third field on, and {@code struct fuse_init_out}. */
    private static Negotiation agreed(
            Request request, int minor, MountOptions options, int device, Frame frame, Reply reply)
            throws IOException {
        int readAhead = request.nextInt();
        long offered = Integer.toUnsignedLong(request.nextInt());
        if ((offered & INIT_EXT) != 0 && request.hasMore(4)) {
            offered |= (long) request.nextInt() << Integer.SIZE;
        }
        long flags = ALWAYS & offered;
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (Feature feature : options.features()) {
            boolean allowed = feature != Feature.PASSTHROUGH || LibC.user() == 0;
            if (allowed && (offered & feature.bits()) == feature.bits()) {
                features.add(feature);
                flags |= feature.bits();
            }
        }
        boolean passthrough = features.contains(Feature.PASSTHROUGH);
        MemorySegment to = frame.payload;
        to.asSlice(0, REPLY_BYTES).fill((byte) 0);
        to.set(JAVA_INT, 0, MAJOR);
        to.set(JAVA_INT, 4, Math.min(minor, MINOR_MAX));
        to.set(JAVA_INT, 8, readAhead);
        to.set(JAVA_INT, 12, (int) flags);
        to.set(JAVA_SHORT, 16, (short) BACKGROUND_MAX);
        to.set(JAVA_SHORT, 18, (short) CONGESTION);
        to.set(JAVA_INT, 20, Memory.TRANSFER_BYTES_MAX);
        to.set(JAVA_INT, 24, 1); // times are exact to the nanosecond
        to.set(JAVA_SHORT, 28, (short) PAGES_MAX);
        to.set(JAVA_INT, 32, (int) (flags >>> Integer.SIZE));
        to.set(JAVA_INT, 36, passthrough ? options.stackDepth() : 0);
        sent(reply, REPLY_BYTES, device, request);
        return new Negotiation(minor, Set.copyOf(features));
    }

    private static void sent(Reply reply, int bytes, int device, Request request)
            throws IOException {
        reply.filled(bytes);
        long error = reply.send(device, request.unique());
        if (error < 0) {
            throw new LibC.Failed("answering the kernel's first request", (int) -error);
        }
    }
}
