package holdfast.testkit.simulation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** One direction of a connection: bytes under way, then bytes that have arrived. */
final class Pipe {
    /** What fits into both ends' buffers. */
    private static final int BYTES_MAX = 1 << 20;

    private static final ByteBuffer END = ByteBuffer.allocate(0);

    private final SimulatedNetwork network;
    private final Host from;
    private final Host to;
    private final Deque<ByteBuffer> underWay = new ArrayDeque<>();
    private final Deque<ByteBuffer> arrived = new ArrayDeque<>();
    private final Waiters readers = new Waiters();
    private final Waiters writers = new Waiters();
    private Runnable refused = () -> {};
    private int bytes;
    private boolean moving;
    private boolean endSent;
    private boolean ended;
    private boolean reset;
    private boolean readerGone;
    private final long detourNanos;
    private long stalledUntil;

    Pipe(SimulatedNetwork network, Host from, Host to) {
        this.network = network;
        this.from = from;
        this.to = to;
        this.detourNanos = network.detour();
    }

    /** What is sent from now on does not arrive for so long. */
    void stall(long nanos) {
        stalledUntil = network.schedule().nanos() + nanos;
    }

    /** What happens when bytes arrive where nobody reads any more. */
    void whenRefused(Runnable action) {
        refused = action;
    }

    boolean full() {
        return bytes >= BYTES_MAX;
    }

    boolean empty() {
        return arrived.isEmpty() && !ended && !reset;
    }

    Waiters readers() {
        return readers;
    }

    Waiters writers() {
        return writers;
    }

    /** Takes what fits of {@code from}. */
    int write(ByteBuffer source) throws IOException {
        if (reset || endSent) {
            throw new IOException("Broken pipe");
        }
        int size = Math.min(source.remaining(), BYTES_MAX - bytes);
        if (size == 0) {
            return 0;
        }
        byte[] copy = new byte[size];
        source.get(copy);
        bytes += size;
        push(ByteBuffer.wrap(copy));
        return size;
    }

    /** Bytes that have arrived; -1 at the end; 0 when there are none. */
    int read(ByteBuffer into) throws IOException {
        if (reset) {
            throw new IOException("Connection reset");
        }
        int size = 0;
        while (into.hasRemaining() && !arrived.isEmpty()) {
            ByteBuffer first = arrived.getFirst();
            int part = Math.min(first.remaining(), into.remaining());
            into.put(first.slice(first.position(), part));
            first.position(first.position() + part);
            size += part;
            if (!first.hasRemaining()) {
                arrived.removeFirst();
            }
        }
        if (size > 0) {
            bytes -= size;
            writers.wake();
            return size;
        }
        return ended && into.hasRemaining() ? -1 : 0;
    }

    void end() {
        if (!endSent && !reset) {
            endSent = true;
            push(END);
        }
    }

    /** Breaks it, at both ends. */
    void reset() {
        reset = true;
        underWay.clear();
        arrived.clear();
        wakeAll();
    }

    void readerGone() {
        readerGone = true;
        arrived.clear();
        wakeAll();
    }

    private void wakeAll() {
        readers.wake();
        writers.wake();
    }

    private void push(ByteBuffer segment) {
        underWay.add(segment);
        if (!moving) {
            moving = true;
            send();
        }
    }

    private void send() {
        long stalled = Math.max(0, stalledUntil - network.schedule().nanos());
        network.send(from, to, detourNanos + stalled, this::arrive);
    }

    private void arrive() {
        moving = false;
        ByteBuffer segment = underWay.poll();
        if (segment == null) {
            return;
        }
        if (!segment.hasRemaining()) {
            ended = true;
        } else if (readerGone) {
            refused.run();
        } else {
            arrived.add(segment);
        }
        readers.wake();
        if (!underWay.isEmpty()) {
            // What was sent meanwhile comes right behind.
            moving = true;
            network.schedule().in(0, () -> {
                if (network.passes(from, to)
                        && stalledUntil <= network.schedule().nanos()) {
                    arrive();
                } else {
                    send();
                }
            });
        }
    }
}
