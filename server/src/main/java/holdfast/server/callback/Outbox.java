package holdfast.server.callback;

import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.transport.Transport.Channel;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * What is to be sent on one callback channel, in order, by a thread of its own. When more is
 * waiting than it holds, or the other side takes too long, the channel ends; what was not
 * acknowledged is sent again on the next one.
 */
final class Outbox implements Client.Outlet, AutoCloseable {
    private static final Duration SEND_WAIT = Duration.ofSeconds(5);

    private final Channel<FromServer, FromClient> channel;
    private final Ticker ticker;
    private final BlockingQueue<FromServer> waiting;
    private final Thread sender;

    Outbox(Channel<FromServer, FromClient> channel, int most, String name, Ticker ticker) {
        this.channel = channel;
        this.ticker = ticker;
        this.waiting = new ArrayBlockingQueue<>(most);
        this.sender = Thread.ofVirtual().name(name).unstarted(this::sendAll);
    }

    void start() {
        sender.start();
    }

    @Override
    public boolean offer(FromServer message) {
        if (waiting.offer(message)) {
            return true;
        }
        sender.interrupt();
        return false;
    }

    private void sendAll() {
        try {
            while (true) {
                channel.send(waiting.take(), Deadline.in(SEND_WAIT, ticker));
            }
        } catch (InterruptedException | FailureException e) {
            channel.close();
        }
    }

    @Override
    public void close() {
        sender.interrupt();
    }
}
