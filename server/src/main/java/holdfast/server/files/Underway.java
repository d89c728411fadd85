package holdfast.server.files;

import holdfast.server.callback.Callbacks.Change;
import holdfast.wire.log.VolumeCommand;

import org.jspecify.annotations.Nullable;

/**
 * One change on its way: its marks and its turn are given back when it ends, or when what is left
 * of it has been done without an answer. Not for several threads at once.
 */
final class Underway implements AutoCloseable {
    private final Unfinished unfinished;
    private final Runnable over;
    private @Nullable Change change;
    private @Nullable VolumeCommand command;
    private boolean applied;
    private boolean handedOver;

    /** {@code over} is run at its end. */
    Underway(Unfinished unfinished, Runnable over) {
        this.unfinished = unfinished;
        this.over = over;
    }

    /** It is marked, and proposed from now on. */
    void arrived(Change marked, VolumeCommand proposed) {
        change = marked;
        command = proposed;
    }

    /** It is applied, and its breaks are under way. */
    void applied() {
        applied = true;
    }

    /** Its asker is told that the outcome is unknown; the rest is done all the same. */
    void handOver() {
        Change marked = change;
        VolumeCommand proposed = command;
        if (marked != null && proposed != null) {
            handedOver = true;
            unfinished.finish(marked, proposed, applied, this::end);
        }
    }

    @Override
    public void close() {
        if (!handedOver) {
            end();
        }
    }

    private void end() {
        if (change != null) {
            change.close();
        }
        over.run();
    }
}
