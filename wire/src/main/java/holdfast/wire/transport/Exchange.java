package holdfast.wire.transport;

import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Hello;
import holdfast.wire.proto.HelloReply;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.ReplyHeader;
import holdfast.wire.proto.RequestHeader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;

/** One request at a server: from its frame to the answer. */
final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(TcpServer.class);

    /** The most unread bulk that is read and dropped to save the connection. */
    private static final long SKIPPED_BYTES_MAX = 8L << 20;

    private final ServerCore core;
    private final ServerConnection connection;
    private final Link link;
    private final PeerWatch watch;

    private boolean last;
    private int kind;
    private int sequence;

    Exchange(ServerCore core, ServerConnection connection, Link link, PeerWatch watch) {
        this.core = core;
        this.connection = connection;
        this.link = link;
        this.watch = watch;
    }

    /** Answers the request; false when the connection is to be closed afterwards. */
    @FunctionalInterface
    interface Prepared {
        boolean answer() throws IOException;
    }

    /** Takes what it needs from the frame. */
    Prepared prepare(Frame frame) throws IOException {
        FrameHead head = frame.head();
        kind = head.kind();
        sequence = head.sequence();
        if (head.isReply()) {
            throw new BadFrameException(
                    BadFrameException.Fault.DAMAGED, "an answer where a request was expected");
        }
        if (kind == Protocol.KIND_HELLO) {
            Hello hello = frame.body(Hello.parser());
            return () -> answerHello(hello);
        }
        if (head.version() != Protocol.VERSION) {
            int version = head.version();
            return () -> refuse(wrongVersion("version " + version));
        }
        if (kind == Protocol.KIND_OPEN_CALLBACKS) {
            RequestHeader header = frame.header(RequestHeader.parser());
            return () -> carryCallbacks(header);
        }
        ServiceTable.Bound<?, ?> bound = core.table().handlers().get(kind);
        return bound == null ? refuseUnknown(head) : prepareCall(frame, bound);
    }

    private Prepared refuseUnknown(FrameHead head) {
        Failure failure = Failure.of(
                FailureCode.INVALID,
                "this " + Protocol.nameOf(core.table().role()) + " knows no request of kind "
                        + kind);
        BulkIn bulk = link.bulk(head.bulkBytes(), connection::progress);
        return () -> {
            last = !isSkippable(bulk);
            sendFailure(failure);
            return skip(bulk);
        };
    }

    private <Q extends Message, A extends Message> Prepared prepareCall(
            Frame frame, ServiceTable.Bound<Q, A> bound) throws IOException {
        RequestHeader header = frame.header(RequestHeader.parser());
        Q request = frame.body(bound.method().request());
        long length = frame.head().bulkBytes();
        if (length > bound.method().bulk()) {
            return () -> refuse(Failure.of(
                    FailureCode.LIMIT,
                    length + " bytes behind a " + bound.method().name() + " request, over the "
                            + "limit of " + bound.method().bulk()));
        }
        return () -> call(bound, header, request, length);
    }

    private <Q extends Message, A extends Message> boolean call(
            ServiceTable.Bound<Q, A> bound, RequestHeader header, Q request, long length)
            throws IOException {
        Deadline deadline = Deadline.in(
                Duration.ofMillis(Integer.toUnsignedLong(header.getTimeLeftMillis())),
                core.ticker());
        RequestBulk bulk = new RequestBulk(link, connection, length);
        connection.handling();
        try {
            deadline.check(bound.method().name());
            Service.Call<Q> call = new Service.Call<>(header, request, deadline, length, bulk);
            Service.Reply<A> reply = handle(bound, call);
            last = !isSkippable(bulk.rest());
            connection.progress();
            if (!send(bound.method(), reply)) {
                return false;
            }
        } catch (FailureException e) {
            if (e.code() == FailureCode.INTERNAL) {
                LOG.error("{} failed", bound.method().name(), e);
            }
            answerFailed(bulk, e.failure());
        } catch (RuntimeException | StackOverflowError | AssertionError e) {
            LOG.error("{} failed", bound.method().name(), e);
            answerFailed(
                    bulk,
                    Failure.of(
                            FailureCode.INTERNAL,
                            "the server failed on " + bound.method().name()
                                    + "; its log says why"));
        }
        return skip(bulk.rest());
    }

    private void answerFailed(RequestBulk bulk, Failure failure) throws IOException {
        last = !isSkippable(bulk.rest());
        connection.progress();
        sendFailure(failure);
    }

    private <Q extends Message, A extends Message> Service.Reply<A> handle(
            ServiceTable.Bound<Q, A> bound, Service.Call<Q> call) {
        boolean watched = bound.method().waits() && call.bulkLength() == 0;
        core.enterHandler(call.deadline());
        try {
            if (watched) {
                watch.begin();
            }
            return bound.handler().handle(call);
        } finally {
            if (watched) {
                watch.end();
            }
            core.leaveHandler();
        }
    }

    private <A extends Message> boolean send(Method<?, A> method, Service.Reply<A> reply)
            throws IOException {
        int size = reply.message().getSerializedSize();
        if (size > FrameLimits.REPLY.body()) {
            LOG.error("an answer to {} of {} bytes is over the limit", method.name(), size);
            sendFailure(Failure.of(FailureCode.LIMIT, "the answer is too large"));
            return true;
        }
        try {
            long term = reply.term().orElseGet(core.table().term());
            send(ReplyHeader.newBuilder().setTerm(term), reply.message(), reply.bulk());
            return true;
        } catch (SourceFailedException e) {
            LOG.warn("the bytes that answer {} could not be read", method.name(), e.reason());
            if (!link.controlSent()) {
                sendFailure(Failure.of(
                        FailureCode.LOCAL_IO, "the server could not read the file's bytes"));
                return true;
            }
            return false; // the client must see a cut answer
        }
    }

    private ReplyHeader.Builder header() {
        return ReplyHeader.newBuilder().setTerm(core.table().term().getAsLong());
    }

    private void send(ReplyHeader.Builder header, MessageLite body, Bulk.Source bulk)
            throws IOException {
        boolean closing = last || !core.isOpen();
        link.write(
                Protocol.FLAG_REPLY | (closing ? Protocol.FLAG_LAST : 0),
                kind,
                sequence,
                header.build(),
                body,
                bulk,
                connection::progress);
    }

    private void sendFailure(Failure failure) throws IOException {
        send(
                header().setFailure(FailureCodec.encode(failure)),
                Nothing.getDefaultInstance(),
                Bulk.Source.NONE);
    }

    private boolean refuse(Failure failure) throws IOException {
        last = true;
        sendFailure(failure);
        link.finishWriting();
        return false;
    }

    /** Steps over bulk that nobody wanted; false when it is too much. */
    private boolean skip(BulkIn bulk) throws IOException {
        if (last || !isSkippable(bulk)) {
            return false;
        }
        bulk.skip();
        return true;
    }

    private static boolean isSkippable(BulkIn bulk) {
        return !bulk.broken() && bulk.left() <= SKIPPED_BYTES_MAX;
    }

    private static Failure wrongVersion(String theirs) {
        return Failure.of(
                FailureCode.WRONG_VERSION,
                "the server speaks version " + Protocol.VERSION + " of the protocol, the client "
                        + theirs);
    }

    private boolean answerHello(Hello hello) throws IOException {
        int min = hello.getVersionMin();
        int max = hello.getVersionMax();
        if (Integer.compareUnsigned(min, Protocol.VERSION) > 0
                || Integer.compareUnsigned(max, Protocol.VERSION) < 0) {
            return refuse(wrongVersion("versions " + Integer.toUnsignedString(min) + " to "
                    + Integer.toUnsignedString(max)));
        }
        TcpServer.Settings settings = core.settings();
        HelloReply reply = HelloReply.newBuilder()
                .setRole(core.table().role())
                .setServer(settings.server())
                .setCell(settings.cell())
                .setRelease(settings.release())
                .setVersion(Protocol.VERSION)
                .setWallMillis(core.clock().millis())
                .build();
        send(header(), reply, Bulk.Source.NONE);
        return true;
    }

    private boolean carryCallbacks(RequestHeader header) throws IOException {
        Service.ChannelHandler handler = core.table().callbacks().orElse(null);
        if (handler == null) {
            return refuse(Failure.of(FailureCode.INVALID, "this server has no callbacks"));
        }
        connection.handling();
        connection.enterChannel();
        FrameChannel<FromServer, FromClient> frames = new FrameChannel<>(
                link, FromClient.parser(), core.ticker(), "the client", () -> {});
        AcceptingChannel channel = new AcceptingChannel(frames, this::accept);
        try {
            handler.handle(header, channel);
        } catch (FailureException e) {
            frames.lastWord(() -> sendFailure(e.failure()));
        } catch (RuntimeException | StackOverflowError | AssertionError e) {
            LOG.error("the callback channel failed", e);
            frames.lastWord(() ->
                    sendFailure(Failure.of(FailureCode.INTERNAL, "the callback channel failed")));
        } finally {
            channel.close();
        }
        return false;
    }

    private void accept() throws IOException {
        send(header(), Nothing.getDefaultInstance(), Bulk.Source.NONE);
    }
}
