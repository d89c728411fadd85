package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Sees to it that one request is worked on once at a time: a repetition waits for the first, and
 * then finds its answer in the request table.
 */
final class Turns {
    private final ConcurrentHashMap<Request, Turn> turns = new ConcurrentHashMap<>();

    private record Request(long client, long number) {}

    /** One request's turn; to be closed. */
    final class Turn implements AutoCloseable {
        private final Request request;
        private final CountDownLatch over = new CountDownLatch(1);

        private Turn(Request request) {
            this.request = request;
        }

        @Override
        public void close() {
            turns.remove(request, this);
            over.countDown();
        }
    }

    /** This request's turn; INDETERMINATE when the one before does not end in time. */
    Turn take(long client, long number, Deadline deadline) {
        Turn mine = new Turn(new Request(client, number));
        while (true) {
            Turn before = turns.putIfAbsent(mine.request, mine);
            if (before == null) {
                return mine;
            }
            await(before, deadline);
        }
    }

    private static void await(Turn before, Deadline deadline) {
        try {
            if (!before.over.await(deadline.leftNanos(), TimeUnit.NANOSECONDS)) {
                throw unknown("the request is still being worked on");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unknown("interrupted while the request was being worked on");
        }
    }

    private static FailureException unknown(String why) {
        return FailureException.of(FailureCode.INDETERMINATE, why);
    }
}
