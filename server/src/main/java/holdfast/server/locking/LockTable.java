package holdfast.server.locking;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * All locks of one leader's turn, in memory as in NFSv4 (DESIGN.md, Replication). Waiters are
 * served first come first served. Every grant takes the next number of the epoch. Each change
 * returns the grants that follow from it, for the service to tell their waiters. Used by one thread
 * at a time.
 */
public final class LockTable {
    /** The most locks and waiters together (rule 12). */
    public static final int ENTRIES_MAX = 1_000_000;

    /** The most files whose raise mark is remembered; beyond, every grant says raise. */
    static final int MARKS_MAX = 100_000;

    /** The most volumes to whose groups a session is known to have shown the epoch. */
    static final int SHOWN_MAX = 1_000;

    private final long epoch;
    private final NavigableMap<Long, FileLock> files = new TreeMap<>(Long::compareUnsigned);
    private final Map<Long, Map<Ask.Key, Long>> bySession = new HashMap<>();

    /** By session: the volumes to whose groups it has shown this epoch. */
    private final Map<Long, Set<Integer>> shown = new HashMap<>();

    private long number;
    private long nowNanos;
    private int holders;
    private int waiters;
    private int marks;
    private boolean open;

    /** More marks than can be remembered: from now on every grant says raise. */
    private boolean marksLost;

    /**
     * An empty table.
     *
     * @param epoch of the service
     * @param open whether it grants at once, not only by claims (rule 4c)
     */
    public LockTable(long epoch, boolean open) {
        this.epoch = epoch;
        this.open = open;
    }

    /** The epoch of its grants. */
    public long epoch() {
        return epoch;
    }

    /** What time it is by the service's ticker; only noted in grants, for people. */
    public void at(long nanos) {
        nowNanos = nanos;
    }

    /** Whether new grants are made; before, asks only wait. */
    public boolean isOpen() {
        return open;
    }

    /** From now on new grants are made; those that waited for it. */
    public List<Held> open() {
        open = true;
        List<Held> granted = new ArrayList<>();
        List.copyOf(files.values()).forEach(lock -> granted.addAll(promote(lock)));
        return granted;
    }

    /** The grant of this ask, where there is one already. */
    public Optional<Held> granted(Ask.Key key) {
        return lockOf(key).flatMap(lock -> Optional.ofNullable(lock.holder(key)));
    }

    /** Whether this ask waits. */
    public boolean waits(Ask.Key key) {
        return waiting(key).isPresent();
    }

    /** Grants {@code ask}, or lets it wait. Asked again, it gives the same grant, or waits on. */
    public Optional<Held> ask(Ask ask) {
        Optional<Held> before = granted(ask.key());
        if (before.isPresent() || waits(ask.key())) {
            return before;
        }
        if (holders + waiters >= ENTRIES_MAX) {
            throw FailureException.of(FailureCode.LIMIT, "the locking service has too many locks");
        }
        FileLock lock = files.computeIfAbsent(ask.file(), FileLock::new);
        if (open && lock.free(ask.mode())) {
            return Optional.of(grant(lock, ask));
        }
        lock.await(ask);
        waiters++;
        note(ask);
        return Optional.empty();
    }

    /** Who keeps a new ask for {@code mode} of {@code file} from being granted at once. */
    public Optional<Ask> blocker(long file, Mode mode) {
        FileLock lock = files.get(file);
        if (lock == null || (open && lock.free(mode))) {
            return Optional.empty();
        }
        return lock.holders().stream()
                .map(Held::ask)
                .filter(ask -> !ask.mode().goesWith(mode))
                .findFirst()
                .or(() -> lock.waiters().stream().findFirst());
    }

    /** The ask is not wanted any more, be it granted or waiting. */
    public List<Held> cancel(Ask.Key key) {
        return lockOf(key).map(lock -> drop(lock, key)).orElseGet(List::of);
    }

    /** Gives a lock back; a token that is not held (any more) changes nothing. */
    public List<Held> release(long session, long file, FencingToken token) {
        return find(session, file, token).map(held -> cancel(held.ask().key())).orElseGet(List::of);
    }

    /**
     * A store under this lock failed and may still come, after the lock was given back: the next
     * holder is to raise (rule 4d). Nothing for a token that is not held.
     */
    public void unsettled(long session, long file, FencingToken token) {
        find(session, file, token)
                .or(() -> granted(new Ask.Key(session, 0, token)))
                .flatMap(held -> lockOf(held.ask().key()))
                .ifPresent(this::mark);
    }

    /** The lock with this token, while {@code session} holds it. */
    public Optional<Held> find(long session, long file, FencingToken token) {
        FileLock lock = files.get(file);
        return lock == null ? Optional.empty() : lock.holderWith(session, token);
    }

    /** A holder has committed its token as the fence: the mark goes (rule 4d). */
    public boolean raised(long session, long file, FencingToken token) {
        if (find(session, file, token).isEmpty()) {
            return false;
        }
        FileLock lock = files.get(file);
        if (lock != null) {
            unmark(lock);
        }
        Set<Integer> volumes = shown.computeIfAbsent(session, of -> new HashSet<>());
        if (volumes.size() < SHOWN_MAX) {
            volumes.add(volume(file));
        }
        return true;
    }

    /**
     * Makes a lock of a former epoch one of this (rule 4c); empty when another took it meanwhile,
     * or could have, because new grants are made already. Claiming again gives the same grant.
     */
    public Optional<Held> claim(Ask ask) {
        Optional<Held> before = granted(ask.key());
        if (before.isPresent() || open) {
            return before;
        }
        FileLock lock = files.computeIfAbsent(ask.file(), FileLock::new);
        if (!lock.goesWithHolders(ask.mode()) || holders + waiters >= ENTRIES_MAX) {
            forgetIfIdle(lock);
            return Optional.empty();
        }
        return Optional.of(grant(lock, ask));
    }

    /** Ends a session: exclusive locks that it held leave a mark on their files. */
    public List<Held> end(long session) {
        List<Held> granted = new ArrayList<>();
        for (Ask.Key key : keysOf(session)) {
            lockOf(key).ifPresent(lock -> {
                boolean exclusive = granted(key)
                        .filter(held -> held.ask().mode() == Mode.EXCLUSIVE)
                        .isPresent();
                if (exclusive) {
                    mark(lock);
                }
                granted.addAll(drop(lock, key));
            });
        }
        shown.remove(session);
        granted.removeIf(held -> held.ask().session() == session);
        return granted;
    }

    /**
     * Frees what {@code session} holds and {@code keep} does not want (rule 4e). Exclusive locks
     * leave a mark on their files: the word that gave them back may have been lost, with what it
     * said of stores.
     */
    public List<Held> keepOnly(long session, Predicate<Held> keep) {
        List<Held> granted = new ArrayList<>();
        for (Held held : heldBy(session)) {
            if (!keep.test(held)) {
                if (held.ask().mode() == Mode.EXCLUSIVE) {
                    lockOf(held.ask().key()).ifPresent(this::mark);
                }
                granted.addAll(cancel(held.ask().key()));
            }
        }
        return granted;
    }

    /** The asks of {@code session} that wait. */
    public List<Ask> awaitedBy(long session) {
        return keysOf(session).stream().flatMap(key -> waiting(key).stream()).toList();
    }

    /** The locks of {@code session}. */
    public List<Held> heldBy(long session) {
        return keysOf(session).stream().flatMap(key -> granted(key).stream()).toList();
    }

    /** Takes a file's lock from all its holders; what was taken. The file is marked. */
    public List<Held> breakLock(long file, List<Held> grantedAfter) {
        FileLock lock = files.get(file);
        if (lock == null) {
            return List.of();
        }
        List<Held> broken = lock.holders();
        if (!broken.isEmpty()) {
            mark(lock);
        }
        broken.forEach(held -> {
            lock.release(held.ask().key());
            holders--;
            forget(held.ask().key());
        });
        grantedAfter.addAll(promote(lock));
        return broken;
    }

    /** What is held and awaited on one file. */
    public record Line(long file, List<Held> holders, List<Ask> waiters) {}

    /** Files with holders or waiters, in order, after {@code file}; at most {@code limit}. */
    public List<Line> list(long after, int limit) {
        Collection<FileLock> rest = files.tailMap(after, false).values();
        return rest.stream()
                .filter(lock -> !lock.holders().isEmpty() || !lock.waiters().isEmpty())
                .limit(limit)
                .map(lock -> new Line(lock.file, lock.holders(), lock.waiters()))
                .toList();
    }

    /** How many locks are held. */
    public int holders() {
        return holders;
    }

    /** How many asks wait. */
    public int waiters() {
        return waiters;
    }

    private Optional<Ask> waiting(Ask.Key key) {
        return lockOf(key).flatMap(lock -> Optional.ofNullable(lock.waiter(key)));
    }

    private Held grant(FileLock lock, Ask ask) {
        boolean raise = lock.marked()
                || marksLost
                || !shown.getOrDefault(ask.session(), Set.of()).contains(volume(ask.file()));
        Held held = new Held(ask, new FencingToken(epoch, ++number), raise, nowNanos);
        lock.hold(held);
        holders++;
        note(ask);
        return held;
    }

    private List<Held> drop(FileLock lock, Ask.Key key) {
        if (lock.release(key) != null) {
            holders--;
        } else if (lock.forgo(key) != null) {
            waiters--;
        }
        forget(key);
        return promote(lock);
    }

    private List<Held> promote(FileLock lock) {
        List<Held> granted = new ArrayList<>();
        Ask next = open ? lock.nextGrantable() : null;
        while (next != null) {
            waiters--;
            granted.add(grant(lock, next));
            next = lock.nextGrantable();
        }
        forgetIfIdle(lock);
        return granted;
    }

    private void mark(FileLock lock) {
        if (marks >= MARKS_MAX) {
            marksLost = true;
        } else if (!lock.marked()) {
            lock.mark(true);
            marks++;
        }
    }

    private void unmark(FileLock lock) {
        if (lock.marked()) {
            marks--;
        }
        lock.mark(false);
        forgetIfIdle(lock);
    }

    private void forgetIfIdle(FileLock lock) {
        if (lock.idle()) {
            files.remove(lock.file);
        }
    }

    private void note(Ask ask) {
        bySession
                .computeIfAbsent(ask.session(), of -> new LinkedHashMap<>())
                .put(ask.key(), ask.file());
    }

    private void forget(Ask.Key key) {
        Map<Ask.Key, Long> mine = bySession.get(key.session());
        if (mine != null) {
            mine.remove(key);
            if (mine.isEmpty()) {
                bySession.remove(key.session());
            }
        }
    }

    private List<Ask.Key> keysOf(long session) {
        return List.copyOf(bySession.getOrDefault(session, Map.of()).keySet());
    }

    private Optional<FileLock> lockOf(Ask.Key key) {
        @Nullable Long file = bySession.getOrDefault(key.session(), Map.of()).get(key);
        return file == null ? Optional.empty() : Optional.ofNullable(files.get(file));
    }

    /** Groups hold whole volumes, so that a volume stands for its group. */
    private static int volume(long file) {
        return new holdfast.model.id.FileId(file).volume();
    }
}
