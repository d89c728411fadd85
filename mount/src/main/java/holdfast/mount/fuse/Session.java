package holdfast.mount.fuse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The loop of a mount.
 *
 * <p>A few platform threads read requests, since reading blocks a thread of the machine. Each
 * request is done by a virtual thread of its own, which may wait as long as it has to; so a reader
 * is free again at once, and a request that waits for a lock doesn't keep the one from being read
 * that gives the lock back, nor the INTERRUPT that ends the wait. FORGET and INTERRUPT are done by
 * the reader itself.
 *
 * <p>What is in flight is bounded by the memory for it. When all of it is out, a reader waits for
 * some with what it has in hand, and after {@link #PATIENCE} refuses that with ENOMEM: a mount
 * whose requests all wait for each other comes free again.
 *
 * <p>An INTERRUPT can be read before the request it is about has been noted by the thread that has
 * it in hand. It is then handed back to the kernel (EAGAIN), which sends it again; for a request
 * that is answered already it does not.
 */
final class Session {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private static final int READERS = 2;
    private static final int IN_FLIGHT_MAX = 1024;
    private static final int BLOCKS_MAX = 32;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(10);

    private static final int DIED = -Errno.ENODEV.number();
    private static final int ABORTED = -Errno.ECONNABORTED.number();

    private final Device device;
    private final String place;
    private final FuseFileSystem files;
    private final Memory memory;
    private final Operations operations;
    private final Map<Long, Call> inFlight = new ConcurrentHashMap<>();
    private final AtomicInteger readersLeft = new AtomicInteger(READERS);
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    Session(Device device, String place, FuseFileSystem files, Memory memory) {
        this.device = device;
        this.place = place;
        this.files = files;
        this.memory = memory;
        operations = new Operations(files, memory);
    }

    static Memory newMemory() {
        return new Memory(IN_FLIGHT_MAX, BLOCKS_MAX, PATIENCE);
    }

    void start() {
        for (int i = 0; i < READERS; i++) {
            Thread.ofPlatform().daemon().name("holdfast-fuse-" + i).start(this::read);
        }
    }

    boolean hasEnded() {
        return ended.getCount() == 0;
    }

    /** Waits until it is unmounted and the last request is done; false when the time is over. */
    boolean awaitEnd(Duration patience) throws InterruptedException {
        return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void read() {
        try {
            MemorySegment errno = memory.newFrame().errno;
            MemorySegment block = memory.newBlock();
            long n = 0;
            while (n != DIED && n != ABORTED) {
                n = LibC.read(errno, device.descriptor(), block);
                if (n >= 0) {
                    block = take(Request.of(block.asSlice(0, n)), block);
                } else if (n != DIED && n != ABORTED && !passing(n)) {
                    throw new LibC.Failed("reading a request", (int) -n);
                }
            }
        } catch (Throwable e) {
            LOG.error("{}: a thread that reads requests stops", place, e);
        } finally {
            readerEnds();
        }
    }

    // ENOENT: the request was interrupted before it could be read.
    private static boolean passing(long error) {
        return error == -LibC.EINTR
                || error == -Errno.EAGAIN.number()
                || error == -Errno.ENOENT.number();
    }

    /** Does or hands on what lies in {@code block}; the block for the next one. */
    private MemorySegment take(Request request, MemorySegment block) throws InterruptedException {
        switch (request.operation()) {
            case Opcode.FORGET, Opcode.BATCH_FORGET -> forget(request);
            case Opcode.INTERRUPT -> interrupt(request);
            default -> {
                if (!stopping.get()) {
                    return handOn(request, block);
                }
                refuse(request.unique(), Errno.ENOTCONN);
            }
        }
        return block;
    }

    private void forget(Request request) {
        try {
            operations.forget(request);
        } catch (RuntimeException e) {
            LOG.error("{}: forget failed", place, e);
        }
    }

    private void interrupt(Request request) {
        long unique = request.nextLong();
        Call call = inFlight.get(unique);
        if (call != null) {
            call.signalled();
        } else {
            refuse(request.unique(), Errno.EAGAIN);
        }
    }

    private MemorySegment handOn(Request request, MemorySegment block) throws InterruptedException {
        Call call = request.call();
        inFlight.put(request.unique(), call);
        Frame frame;
        try {
            frame = memory.takeFrame();
        } catch (FuseException e) {
            return refused(request, e, block);
        }
        if (request.length() <= Frame.REQUEST_BYTES) {
            begin(new Exchange(request.copiedTo(frame.request), call, frame, null));
            return block;
        }
        try {
            MemorySegment next = memory.takeBlock();
            begin(new Exchange(request, call, frame, block));
            return next;
        } catch (FuseException e) {
            memory.give(frame);
            return refused(request, e, block);
        }
    }

    private void begin(Exchange exchange) {
        Thread.ofVirtual().name("holdfast-fuse-request").start(exchange::run);
    }

    private MemorySegment refused(Request request, FuseException e, MemorySegment block) {
        LOG.warn("{}: operation {} is refused: {}", place, request.operation(), e.getMessage());
        inFlight.remove(request.unique());
        refuse(request.unique(), e.errno());
        return block;
    }

    private void refuse(long unique, Errno errno) {
        new Reply(memory.newFrame(), memory).fail(device.descriptor(), unique, errno);
    }

    /**
     * After unmounting: waits for the end, which comes at once unless the mount lives on in another
     * namespace (a container that was started meanwhile). Then whoever is there gets ENOTCONN for
     * all that he asks. False when operations are still running after all.
     */
    boolean stop() throws InterruptedException {
        if (awaitEnd(PATIENCE)) {
            return true;
        }
        LOG.info("{}: unmounted here, and still mounted in another namespace", place);
        end();
        return awaitEnd(LAST_ANSWERS);
    }

    private void readerEnds() {
        if (readersLeft.decrementAndGet() == 0) {
            end();
            if (inFlight.isEmpty()) {
                device.close();
            }
        }
    }

    /** Lets nobody wait any more; once. */
    private void end() {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        try {
            inFlight.values().forEach(Call::interrupt);
            if (!memory.awaitFrames(LAST_ANSWERS)) {
                LOG.warn("{}: {} operations go on though it is gone", place, inFlight.size());
            }
            files.destroy();
        } catch (InterruptedException | RuntimeException e) {
            LOG.error("{}: the end failed", place, e);
        } finally {
            ended.countDown();
        }
    }

    /** One request with all that belongs to it, done by one thread. */
    private final class Exchange {
        private final Request request;
        private final Call call;
        private final Frame frame;
        private final @Nullable MemorySegment block;

        Exchange(Request request, Call call, Frame frame, @Nullable MemorySegment block) {
            this.request = request;
            this.call = call;
            this.frame = frame;
            this.block = block;
        }

        void run() {
            Reply reply = new Reply(frame, memory);
            try {
                Errno failure = work(reply);
                inFlight.remove(request.unique());
                answer(reply, failure);
            } catch (Throwable e) {
                LOG.error("{}: operation {} has no answer", place, request.operation(), e);
            } finally {
                reply.done();
                if (block != null) {
                    memory.give(block);
                }
                memory.give(frame);
            }
        }

        private @Nullable Errno work(Reply reply) {
            call.begin();
            try {
                ScopedValue.where(Call.SERVED, call).call(() -> {
                    operations.answer(request, call, frame, reply);
                    return reply;
                });
                return null;
            } catch (FuseException e) {
                return e.errno();
            } catch (InterruptedException e) {
                return Errno.EINTR;
            } catch (RuntimeException | Error e) {
                if (call.interrupted()) {
                    return Errno.EINTR;
                }
                LOG.error("{}: operation {} failed", place, request.operation(), e);
                return Errno.EIO;
            } finally {
                call.end();
            }
        }

        private void answer(Reply reply, @Nullable Errno failure) {
            long unique = request.unique();
            long error = failure == null
                    ? reply.send(device.descriptor(), unique)
                    : reply.fail(device.descriptor(), unique, failure);
            // ENOENT: aborted meanwhile.
            if (error == 0 || error == -Errno.ENOENT.number() || error == DIED) {
                return;
            }
            LOG.error(
                    "{}: the kernel takes no answer to operation {}: {}",
                    place,
                    request.operation(),
                    Errno.nameOf((int) -error));
            reply.fail(device.descriptor(), unique, Errno.EIO);
        }
    }
}
