package holdfast.server.locking;

import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One file's lock: its holders and, in order of arrival, who waits. A shared ask behind an
 * exclusive one waits for it, so that readers never starve a writer.
 */
final class FileLock {
    final long file;
    private final Map<Ask.Key, Held> holders = new LinkedHashMap<>();
    private final Map<Ask.Key, Ask> waiters = new LinkedHashMap<>();

    /** A former holder's store may still come; nobody reported a raised fence since (rule 4d). */
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

    @Nullable
    Held holder(Ask.Key key) {
        return holders.get(key);
    }

    @Nullable
    Ask waiter(Ask.Key key) {
        return waiters.get(key);
    }

    Optional<Held> holderWith(long session, FencingToken token) {
        return holders.values().stream()
                .filter(held -> held.token().equals(token) && held.ask().session() == session)
                .findFirst();
    }

    /** Holders go together, so that one speaks for all. */
    boolean goesWithHolders(Mode mode) {
        return holders.isEmpty()
                || holders.values().iterator().next().ask().mode().goesWith(mode);
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
}
