package holdfast.wire.transport;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.ReplyHeader;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages in both directions over one connection. A thread of its own reads ahead, so that a
 * receive that ends at its deadline costs nothing; when the reader of messages is slow it stops,
 * and the other side's sends run into their deadlines.
 */
final class FrameChannel<S extends Message, R extends Message> implements Transport.Channel<S, R> {
    /** Something to write. */
    @FunctionalInterface
    interface Word {
        void say() throws IOException;
    }

    private static final int INBOX_MAX = 256;
    private static final long LAST_WORD_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

    private final Link link;
    private final Parser<R> parser;
    private final String peer;
    private final Runnable onEnd;
    private final Alarm sendAlarm;
    private final ReentrantLock sendLock = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final ArrayDeque<R> inbox = new ArrayDeque<>();
    private Optional<Failure> end = Optional.empty();

    FrameChannel(Link link, Parser<R> parser, Ticker ticker, String peer, Runnable onEnd) {
        this.onEnd = onEnd;
        this.link = link;
        this.parser = parser;
        this.peer = peer;
        this.sendAlarm = new Alarm(ticker, link::close);
    }

    /** Starts reading. */
    FrameChannel<S, R> start() {
        Thread.ofVirtual().name("holdfast-callbacks").start(this::readAll);
        return this;
    }

    @Override
    public void send(S message, Deadline deadline) {
        try {
            if (!sendLock.tryLock()
                    && !sendLock.tryLock(deadline.leftNanos(), TimeUnit.NANOSECONDS)) {
                throw timedOut("taking a message");
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
        try {
            write(message, deadline);
        } finally {
            sendLock.unlock();
        }
    }

    /** Says why it is over, if the other side still listens. */
    void lastWord(Word reason) {
        if (!sendLock.tryLock()) {
            return;
        }
        sendAlarm.in(LAST_WORD_NANOS_MAX);
        try {
            reason.say();
        } catch (IOException e) {
            // nobody listens
        } finally {
            sendAlarm.clear();
            sendLock.unlock();
        }
    }

    private void write(S message, Deadline deadline) {
        sendAlarm.in(deadline.leftNanos());
        boolean inTime = true;
        try {
            link.write(
                    0,
                    Protocol.KIND_CALLBACK,
                    0,
                    Nothing.getDefaultInstance(),
                    message,
                    Bulk.Source.NONE,
                    () -> {});
            inTime = sendAlarm.clear();
        } catch (IOException e) {
            inTime = sendAlarm.clear();
            link.close();
            if (inTime) {
                throw new FailureException(
                        closedBecause().orElseGet(() -> closed("the connection was lost")), e);
            }
        }
        if (!inTime) {
            throw timedOut("taking a message");
        }
    }

    @Override
    public R receive(Deadline deadline) {
        lock.lock();
        try {
            while (inbox.isEmpty()) {
                if (end.isPresent()) {
                    throw end.get().exception();
                }
                long left = deadline.leftNanos();
                if (left <= 0) {
                    throw timedOut("sending a message");
                }
                var _ = arrived.awaitNanos(left);
            }
            room.signal();
            return inbox.removeFirst();
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        end(closed("this side closed the channel"));
    }

    private Optional<Failure> closedBecause() {
        lock.lock();
        try {
            return end;
        } finally {
            lock.unlock();
        }
    }

    private void readAll() {
        Failure why;
        try {
            while (link.awaitInput()) {
                deliver(link.read(this::message));
            }
            why = closed("the other side closed the channel");
        } catch (FailureException e) {
            why = e.failure();
        } catch (IOException e) {
            why = closed("the connection was lost (" + e.getMessage() + ")");
        }
        end(why);
    }

    private R message(Frame frame) throws IOException {
        if (frame.head().isReply()) {
            ReplyHeader header = frame.header(ReplyHeader.parser());
            throw FailureCodec.decode(header.getFailure()).from(peer).exception();
        }
        if (frame.head().kind() != Protocol.KIND_CALLBACK || frame.head().bulkBytes() != 0) {
            throw new BadFrameException(
                    BadFrameException.Fault.DAMAGED, "a request on a callback channel");
        }
        return frame.body(parser);
    }

    private void deliver(R message) {
        lock.lock();
        try {
            while (inbox.size() >= INBOX_MAX && end.isEmpty()) {
                room.awaitUninterruptibly();
            }
            inbox.addLast(message);
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    private void end(Failure why) {
        lock.lock();
        try {
            if (end.isEmpty()) {
                end = Optional.of(why);
            }
            arrived.signalAll();
            room.signalAll();
        } finally {
            lock.unlock();
        }
        link.close();
        onEnd.run();
    }

    private Failure closed(String why) {
        return Failure.of(FailureCode.UNAVAILABLE, why).from(peer);
    }

    private FailureException timedOut(String what) {
        return Failure.of(FailureCode.TIMED_OUT, "the other side did not end " + what + " in time")
                .from(peer)
                .exception();
    }

    private FailureException interrupted() {
        Thread.currentThread().interrupt();
        return Failure.of(FailureCode.CANCELLED, "interrupted on a callback channel")
                .from(peer)
                .exception();
    }
}
