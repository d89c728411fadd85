package holdfast.server.replication;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** A command on its way: waiting in this process, then sent, then answered. */
final class Proposal {
    private enum Stage {
        WAITING,
        SENT,
        WITHDRAWN
    }

    private final ByteString command;
    private final CompletableFuture<ByteString> outcome = new CompletableFuture<>();
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITING);

    Proposal(ByteString command) {
        this.command = command;
    }

    ByteString command() {
        return command;
    }

    /** Takes it into an entry; false when its caller gave up before. */
    boolean send() {
        return stage.compareAndSet(Stage.WAITING, Stage.SENT);
    }

    void answer(ByteString answer) {
        outcome.complete(answer);
    }

    void fail(FailureException failure) {
        outcome.completeExceptionally(failure);
    }

    /** Waits for the outcome. What was not sent by the deadline will not be. */
    ByteString await(Deadline deadline) {
        try {
            return outcome.get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FailureException failure) {
                throw new FailureException(failure.failure(), failure);
            }
            throw new IllegalStateException("a proposal failed without a failure", e);
        } catch (TimeoutException e) {
            throw gaveUp(FailureCode.TIMED_OUT, "the command was not committed in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw gaveUp(FailureCode.CANCELLED, "waiting for the commit was cancelled");
        }
    }

    private FailureException gaveUp(FailureCode whenNotSent, String message) {
        return stage.compareAndSet(Stage.WAITING, Stage.WITHDRAWN)
                ? FailureException.of(whenNotSent, message)
                : FailureException.of(FailureCode.INDETERMINATE, message + "; it may be yet");
    }
}
