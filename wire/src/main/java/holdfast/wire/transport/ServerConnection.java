package holdfast.wire.transport;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.ReplyHeader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;

/** The server's end of a connection: reads requests one after the other and has them answered. */
final class ServerConnection implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(TcpServer.class);
    private static final int IN_BYTES = 2 << 10;

    private enum Phase {
        /** Between two requests, where it may be closed without harm. */
        IDLE,
        BUSY,
        CLOSED
    }

    private final ServerCore core;
    private final SocketChannel channel;
    private final Link link;
    private final Alarm stall;
    private final PeerWatch watch;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.IDLE);

    ServerConnection(ServerCore core, SocketChannel channel) throws IOException {
        this.core = core;
        this.channel = channel;
        this.link = new Link(channel, FrameLimits.REQUEST, IN_BYTES);
        this.stall = new Alarm(core.ticker(), link::close);
        this.watch = new PeerWatch(link, core.ticker());
    }

    @Override
    public void run() {
        try {
            boolean open = true;
            while (open) {
                open = serveNext();
            }
        } catch (BadFrameException e) {
            refuse(e);
        } catch (IOException e) {
            // The client went away, or stood still for too long; it knows.
        } catch (RuntimeException e) {
            LOG.error("the connection from {} is closed after an error of this server", peer(), e);
        } finally {
            phase.set(Phase.CLOSED);
            stall.clear();
            link.close();
        }
    }

    private boolean serveNext() throws IOException {
        if (!core.isOpen() || !watch.awaitInput()) {
            return false;
        }
        if (!phase.compareAndSet(Phase.IDLE, Phase.BUSY)) {
            return false;
        }
        progress();
        Exchange exchange = new Exchange(core, this, link, watch);
        boolean open = link.read(exchange::prepare).answer();
        stall.clear();
        return open && phase.compareAndSet(Phase.BUSY, Phase.IDLE);
    }

    /** Something moved: the time for a frame, or for the next part of bulk, starts anew. */
    void progress() {
        stall.in(core.settings().stall().toNanos());
    }

    /** The handler has the word now, and its own deadline. */
    void handling() {
        stall.clear();
    }

    /** From here on it may be closed at any time without harm: it carries callbacks. */
    void enterChannel() {
        phase.compareAndSet(Phase.BUSY, Phase.IDLE);
    }

    /** What is known about who is at the other end. */
    String peer() {
        try {
            return String.valueOf(channel.getRemoteAddress());
        } catch (IOException e) {
            return "a closed connection";
        }
    }

    /** Closes it now, unless a request is under way. */
    void closeIfIdle() {
        if (phase.compareAndSet(Phase.IDLE, Phase.CLOSED)) {
            link.close();
        }
    }

    /** Closes it now and ends the handler's wait, if it is of the kind that waits. */
    void abort() {
        link.close();
        watch.interruptHandler();
    }

    /** There are too many connections: says so, without waiting, and closes. */
    void turnAway() {
        String why = "the server has " + core.settings().connectionsMax() + " connections already";
        core.strangers().report(peer(), why);
        try {
            sendFailure(Failure.of(FailureCode.LIMIT, why));
            link.finishWriting();
        } catch (IOException e) {
            // the client went away first
        } finally {
            link.close();
        }
    }

    private void refuse(BadFrameException e) {
        core.strangers().report(peer(), e.what());
        try {
            progress();
            if (e.fault() == BadFrameException.Fault.GARBAGE) {
                greetStranger();
            } else {
                FailureCode code = switch (e.fault()) {
                    case OVERSIZE -> FailureCode.LIMIT;
                    case MANGLED -> FailureCode.UNAVAILABLE; // nothing was done
                    case DAMAGED, GARBAGE -> FailureCode.DAMAGED;
                };
                sendFailure(Failure.of(code, "the server received " + e.what()));
            }
            link.finishWriting();
        } catch (IOException closed) {
            // nobody listens
        }
    }

    private void sendFailure(Failure failure) throws IOException {
        ReplyHeader header = ReplyHeader.newBuilder()
                .setFailure(FailureCodec.encode(failure))
                .build();
        link.write(
                Protocol.FLAG_REPLY | Protocol.FLAG_LAST,
                Protocol.KIND_NONE,
                0,
                header,
                Nothing.getDefaultInstance(),
                Bulk.Source.NONE,
                this::progress);
    }

    /** A line for a person with a browser or curl at the wrong port. */
    private void greetStranger() throws IOException {
        String what = "This is a Holdfast " + Protocol.nameOf(core.table().role())
                + ". It speaks no HTTP; use the holdfast command.\n";
        if (link.looksLikeHttp()) {
            link.writeRaw(ByteBuffer.wrap(("HTTP/1.1 400 Bad Request\r\n"
                            + "Content-Type: text/plain\r\nConnection: close\r\nContent-Length: "
                            + what.length() + "\r\n\r\n" + what)
                    .getBytes(StandardCharsets.US_ASCII)));
        }
    }
}
