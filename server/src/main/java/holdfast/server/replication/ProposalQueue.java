package holdfast.server.replication;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Group commit: few entries are under way at a time, and the next one takes all the commands that
 * came meanwhile. A lone caller's command goes out at once, on its own thread; under load the
 * entries grow instead of their number.
 */
final class ProposalQueue {
    /** Entries under way at a time. */
    private static final int ENTRIES_MAX = Integer.getInteger("holdfast.entries", 2);

    /** Commands of one entry. */
    static final int COMMANDS_MAX = 64;

    /** Bytes of one entry, with what protobuf and Ratis add. */
    private static final int ENTRY_BYTES_MAX = LogHost.COMMAND_BYTES_MAX;

    private static final int WAITING_MAX = 16_384;
    private static final long WAITING_BYTES_MAX = 64L << 20;

    private final Function<List<Proposal>, CompletableFuture<?>> proposer;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Proposal> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private int underWay;

    /**
     * A queue in front of {@code proposer}, which answers or fails each proposal of its list and
     * ends its future then.
     */
    ProposalQueue(Function<List<Proposal>, CompletableFuture<?>> proposer) {
        this.proposer = proposer;
    }

    void add(Proposal proposal) {
        lock.lock();
        try {
            if (waiting.size() >= WAITING_MAX || waitingBytes > WAITING_BYTES_MAX) {
                throw FailureException.of(
                        FailureCode.UNAVAILABLE, "too many commands wait to be committed");
            }
            waiting.add(proposal);
            waitingBytes += proposal.command().size();
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** Sends what may be sent. */
    private void pump() {
        for (Optional<List<Proposal>> next = take(); next.isPresent(); next = take()) {
            CompletableFuture<?> done = proposer.apply(next.get());
            if (done.isDone()) {
                ended();
            } else {
                var unused = done.whenComplete((result, failure) -> {
                    ended();
                    pump();
                });
            }
        }
    }

    private void ended() {
        lock.lock();
        try {
            underWay--;
        } finally {
            lock.unlock();
        }
    }

    private Optional<List<Proposal>> take() {
        lock.lock();
        try {
            if (underWay >= ENTRIES_MAX) {
                return Optional.empty();
            }
            List<Proposal> batch = batch();
            if (batch.isEmpty()) {
                return Optional.empty();
            }
            underWay++;
            return Optional.of(batch);
        } finally {
            lock.unlock();
        }
    }

    private List<Proposal> batch() {
        List<Proposal> batch = new ArrayList<>();
        long bytes = 0;
        while (!waiting.isEmpty() && batch.size() < COMMANDS_MAX) {
            ByteString command = waiting.getFirst().command();
            if (!batch.isEmpty() && bytes + command.size() > ENTRY_BYTES_MAX - COMMANDS_MAX * 8L) {
                break;
            }
            Proposal next = waiting.removeFirst();
            waitingBytes -= command.size();
            if (next.send()) {
                batch.add(next);
                bytes += command.size();
            }
        }
        return batch;
    }
}
