package holdfast.server.locking;

import holdfast.model.lock.Mode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One file's lock: its holders and, in order of arrival, who waits. A shared ask behind an
 * exclusive one waits for it, so that readers never starve a writer.
 */
final class FileLock {
    final long file;
    private final Map<Ask.Key, Held> holders = new LinkedHashMap<>();
    private final Map<Ask.Key, Ask> waiters = new LinkedHashMap<>();

    /** An exclusive holder's session ended and nobody reported a raised fence since (rule 4d). */
    private boolean marked;

    FileLock(long file) {
        this.file = file;
    }

    List<Held> holders() {
        return List.copyOf(holders.values());
    }

    List<Ask> waiters() {
        return List.copyOf(waiters.values());
    }

    boolean marked() {
        return marked;
    }

    void mark(boolean now) {
        marked = now;
        if (!now) {
            holders.replaceAll((key, held) -> held.with(false));
        }
    }

    boolean idle() {
        return holders.isEmpty() && waiters.isEmpty() && !marked;
    }

    boolean goesWithHolders(Mode mode) {
        return holders.values().stream().allMatch(held -> held.ask().mode().goesWith(mode));
    }

    /**
     * Whether a new ask may be granted at once: nobody holds against it, nobody waits before it.
     */
    boolean free(Mode mode) {
        return waiters.isEmpty() && goesWithHolders(mode);
    }

    void hold(Held held) {
        holders.put(held.ask().key(), held);
    }

    @Nullable
    Held release(Ask.Key key) {
        return holders.remove(key);
    }

    void await(Ask ask) {
        waiters.put(ask.key(), ask);
    }

    @Nullable
    Ask forgo(Ask.Key key) {
        return waiters.remove(key);
    }

    /** The first of those that wait, when it may be granted now; it does not wait any more. */
    @Nullable
    Ask nextGrantable() {
        if (waiters.isEmpty()) {
            return null;
        }
        Ask first = waiters.values().iterator().next();
        if (!goesWithHolders(first.mode())) {
            return null;
        }
        waiters.remove(first.key());
        return first;
    }

    List<Held> of(long session) {
        List<Held> mine = new ArrayList<>(holders.values());
        mine.removeIf(held -> held.ask().session() != session);
        return mine;
    }
}
