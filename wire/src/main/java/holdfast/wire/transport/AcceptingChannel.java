package holdfast.wire.transport;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The server's end of a callback channel. The handler's first send or receive accepts it; a handler
 * that throws before that refuses it with its failure, and one that throws later ends it with that.
 */
final class AcceptingChannel implements Transport.Channel<FromServer, FromClient> {
    private final FrameChannel<FromServer, FromClient> frames;
    private final FrameChannel.Word acceptance;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean accepted;

    AcceptingChannel(FrameChannel<FromServer, FromClient> frames, FrameChannel.Word acceptance) {
        this.frames = frames;
        this.acceptance = acceptance;
    }

    @Override
    public void send(FromServer message, Deadline deadline) {
        accept();
        frames.send(message, deadline);
    }

    @Override
    public FromClient receive(Deadline deadline) {
        accept();
        return frames.receive(deadline);
    }

    @Override
    public void close() {
        frames.close();
    }

    private void accept() {
        lock.lock();
        try {
            if (!accepted) {
                acceptance.say();
                accepted = true;
                frames.start();
            }
        } catch (IOException e) {
            throw new FailureException(
                    Failure.of(FailureCode.UNAVAILABLE, "the client has gone"), e);
        } finally {
            lock.unlock();
        }
    }
}
