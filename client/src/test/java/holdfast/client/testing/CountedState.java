package holdfast.client.testing;

import com.google.protobuf.ByteString;

import holdfast.server.replication.StateMachine;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** A state that counts the commands which its log brings it. */
final class CountedState implements StateMachine {
    private final StateMachine state;
    private final Predicate<ByteString> counts;
    private final AtomicLong commands;

    /**
     * Counts over {@code state}.
     *
     * @param counts which commands are counted
     * @param commands how many of them came so far
     */
    CountedState(StateMachine state, Predicate<ByteString> counts, AtomicLong commands) {
        this.state = state;
        this.counts = counts;
        this.commands = commands;
    }

    @Override
    public List<ByteString> apply(long term, long index, List<ByteString> batch) {
        commands.addAndGet(batch.stream().filter(counts).count());
        return state.apply(term, index, batch);
    }

    @Override
    public Applied applied() {
        return state.applied();
    }

    @Override
    public void skip(long term, long index) {
        state.skip(term, index);
    }

    @Override
    public void checkpoint(Path to) {
        state.checkpoint(to);
    }

    @Override
    public void restore(Path from) {
        state.restore(from);
    }
}
