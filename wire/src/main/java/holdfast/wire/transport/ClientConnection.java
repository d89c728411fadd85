package holdfast.wire.transport;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.proto.Hello;
import holdfast.wire.proto.HelloReply;
import holdfast.wire.proto.ReplyHeader;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/** The client's end of a connection: one call at a time. */
final class ClientConnection implements AutoCloseable {
    private static final int IN_BYTES = 16 << 10;

    private final Link link;
    private final Alarm alarm;
    private final Runnable heard;
    private HelloReply greeting = HelloReply.getDefaultInstance();
    private int sequence;
    private boolean sound = true;

    /** Whether the call under way leaves the connection in step. */
    private boolean inStep = true;

    private long idleSince;

    private volatile Call call = Call.NONE;
    private volatile boolean givenUp;

    /**
     * Takes a channel.
     *
     * @param heard told when something came from the server
     */
    ClientConnection(SocketChannel channel, Ticker ticker, Runnable heard) throws IOException {
        this.link = new Link(channel, FrameLimits.REPLY, IN_BYTES);
        this.alarm = new Alarm(ticker, link::close);
        this.heard = heard;
    }

    /** What is under way. */
    enum Call {
        NONE,
        /** One that should be answered soon. */
        SHORT,
        /** One that may wait long. */
        WAITS
    }

    /** An answer, or the server's failure, with the bulk that it announces. */
    private record Reply<A>(ReplyHeader header, A body, long bulk) {}

    /** A method's call or one of the protocol's own. */
    record Ask<A extends Message>(
            int kind, RequestHeader header, Message body, Parser<A> answer, Bulk.Source out) {}

    /** Closes itself when the deadline comes before {@link #disarm}. */
    void arm(Deadline deadline) {
        alarm.in(deadline.leftNanos());
    }

    /** The call is over. False when the deadline came. */
    boolean disarm() {
        call = Call.NONE;
        return alarm.clear();
    }

    /** A call begins; it is over with {@link #disarm}. */
    void begins(Call kind) {
        call = kind;
    }

    /** What is under way. */
    Call call() {
        return call;
    }

    /** Ends the call under way: the server fell silent. */
    void giveUp() {
        givenUp = true;
        link.close();
    }

    /** Why the call under way ended, when {@code e} is what it ended with. */
    IOException why(IOException e) {
        return givenUp && !(e instanceof SinkFailedException || e instanceof SourceFailedException)
                ? new IOException("the server fell silent", e)
                : e;
    }

    Role role() {
        return greeting.getRole();
    }

    /** What the server said of itself. */
    HelloReply greeting() {
        return greeting;
    }

    Link link() {
        return link;
    }

    /** Whether another call can be made over it. */
    boolean sound() {
        return sound;
    }

    long idleSince() {
        return idleSince;
    }

    void idleFrom(long nanos) {
        idleSince = nanos;
    }

    /** Agrees on the version and learns the server's role. */
    void greet(Role wanted) throws IOException {
        Hello hello = Hello.newBuilder()
                .setWanted(wanted)
                .setVersionMin(Protocol.VERSION)
                .setVersionMax(Protocol.VERSION)
                .build();
        HelloReply reply = ask(
                        new Ask<>(
                                Protocol.KIND_HELLO,
                                RequestHeader.getDefaultInstance(),
                                hello,
                                HelloReply.parser(),
                                Bulk.Source.NONE),
                        Bulk.Sink.NONE)
                .message();
        if (reply.getVersion() != Protocol.VERSION) {
            throw FailureException.of(
                    FailureCode.WRONG_VERSION,
                    "the server speaks version " + Integer.toUnsignedString(reply.getVersion())
                            + " of the protocol, this program version " + Protocol.VERSION);
        }
        greeting = reply;
    }

    /**
     * Sends a request and waits for its answer. A failure that the server answered is thrown as
     * FailureException and leaves the connection sound; after anything else it must be closed.
     */
    <A extends Message> Transport.Answered<A> ask(Ask<A> ask, Bulk.Sink in) throws IOException {
        sequence++;
        sound = false;
        inStep = true;
        send(ask);
        if (!link.awaitInput()) {
            throw new EOFException("the server closed the connection");
        }
        heard.run();
        Reply<A> reply = link.read(frame -> reply(frame, ask));
        if (reply.header().hasFailure()) {
            sound = inStep;
            throw FailureCodec.decode(reply.header().getFailure()).exception();
        }
        if (reply.bulk() > 0) {
            if (in.equals(Bulk.Sink.NONE)) {
                throw new BadFrameException(
                        BadFrameException.Fault.DAMAGED, "bytes that nobody asked for");
            }
            receive(in, link.bulk(reply.bulk(), heard));
        }
        sound = inStep;
        return new Transport.Answered<>(reply.body(), reply.header().getTerm());
    }

    /** Whether the request sent last may have been acted upon. */
    boolean requestSent() {
        return link.controlSent();
    }

    @Override
    public void close() {
        link.close();
    }

    private void send(Ask<?> ask) throws IOException {
        try {
            link.write(0, ask.kind(), sequence, ask.header(), ask.body(), ask.out(), heard);
        } catch (SourceFailedException e) {
            throw e;
        } catch (IOException e) {
            // A server that refuses before it has taken all that was sent says why first.
            if (!link.writeBroken() || !hasAnswered()) {
                throw e;
            }
            inStep = false;
        }
    }

    private boolean hasAnswered() {
        try {
            return link.awaitInput();
        } catch (IOException e) {
            return false;
        }
    }

    private <A extends Message> Reply<A> reply(Frame frame, Ask<A> ask) throws IOException {
        FrameHead head = frame.head();
        boolean ownWord = head.kind() == Protocol.KIND_NONE;
        boolean fits = head.isReply()
                && (ownWord || (head.kind() == ask.kind() && head.sequence() == sequence));
        if (!fits) {
            throw new BadFrameException(
                    BadFrameException.Fault.DAMAGED, "an answer to something else");
        }
        ReplyHeader header = frame.header(ReplyHeader.parser());
        if (ownWord && !header.hasFailure()) {
            throw new BadFrameException(BadFrameException.Fault.DAMAGED, "an empty answer");
        }
        inStep = inStep && !head.isLast();
        if (header.hasFailure() && head.bulkBytes() > 0) {
            throw new BadFrameException(
                    BadFrameException.Fault.DAMAGED, "a failure with bytes behind it");
        }
        A body = header.hasFailure()
                ? ask.answer().parseFrom(new byte[0])
                : frame.body(ask.answer());
        return new Reply<>(header, body, head.bulkBytes());
    }

    private static void receive(Bulk.Sink in, BulkIn bulk) throws IOException {
        try {
            in.readFrom(bulk, bulk.left());
        } catch (IOException e) {
            throw bulk.broken() ? e : new SinkFailedException(e);
        }
        if (bulk.left() > 0) {
            throw new SinkFailedException(
                    new IOException(bulk.left() + " bytes of the answer were left unread"));
        }
    }
}
