package holdfast.client.session;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.proto.Caller;
import holdfast.wire.transport.Transport;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * What a client stands on; a test or a simulation brings its own.
 *
 * @param wallClock only compared with {@code ticker}, to see jumps (rule 2b), and shown to people
 * @param ticker measures leases and deadlines; runs on in suspend
 * @param threads makes the background threads; they may block
 * @param caller whom requests are made for
 */
public record Environment(
        Transport transport, Clock wallClock, Ticker ticker, ThreadFactory threads, Caller caller) {

    /** An instant on both clocks. */
    record Moment(long nanos, long wallMillis) {}

    Moment now() {
        return new Moment(ticker.nanos(), wallClock.millis());
    }

    /** A deadline {@code left} from now. */
    public Deadline in(Duration left) {
        return Deadline.in(left, ticker);
    }

    /** Starts a background thread. */
    public Thread start(String name, Runnable work) {
        Thread thread = threads.newThread(work);
        thread.setName(name);
        thread.start();
        return thread;
    }

    /** Waits for {@code wait}; CANCELLED when interrupted. */
    public void pause(Duration wait) {
        pause(wait, in(wait));
    }

    /**
     * Waits for {@code wait}, or until the deadline if that is earlier; CANCELLED when interrupted.
     */
    void pause(Duration wait, Deadline deadline) {
        long nanos = Math.min(wait.toNanos(), deadline.leftNanos());
        try {
            TimeUnit.NANOSECONDS.sleep(Math.max(nanos, 0));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "cancelled while waiting to retry");
        }
    }
}
