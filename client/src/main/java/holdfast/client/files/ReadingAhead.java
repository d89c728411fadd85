package holdfast.client.files;

import holdfast.client.files.CachedVnode.Binding;
import holdfast.client.files.CachedVnode.State;
import holdfast.client.session.Environment;
import holdfast.model.chunk.ChunkBounds;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings contents of small files before they are asked for, when a program walks through a
 * directory: reads its files in the order of their names, as {@code cat}, {@code grep},
 * {@code diff} and {@code tar} do once they have listed it. As with a disk's read-ahead, a little
 * is brought first and more as the walk goes on. Only names that are known here are followed, and
 * only contents that no open has named yet are brought, so that a walk through files that are here
 * costs one look at the directory.
 */
final class ReadingAhead {
    private static final Logger LOG = LoggerFactory.getLogger(ReadingAhead.class);
    private static final int DIRECTORIES_MAX = 64;
    private static final int FILES_FIRST = 8;
    private static final int FILES_MAX = 64;
    private static final int WORKERS = 4;
    private static final int COMING_MAX = 1_024;

    /** So long after a walk's last step, the first file of another directory begins one. */
    private static final Duration WALKING = Duration.ofSeconds(1);

    private final Environment environment;
    private final ReplicaGroups groups;
    private final Reading reading;
    private final ContentsIndex index;
    private final Times times;

    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<FileId, Walk> walks = new LinkedHashMap<>(16, 0.75f, true);
    private boolean walked; // one was seen, last at:
    private long walkedNanos;

    private final ConcurrentHashMap<FileId, Coming> coming = new ConcurrentHashMap<>();
    private final Queue<Coming> waiting = new ConcurrentLinkedQueue<>();
    private final Semaphore workers = new Semaphore(WORKERS);

    ReadingAhead(
            Environment environment,
            ReplicaGroups groups,
            Reading reading,
            ContentsIndex index,
            Times times) {
        this.environment = environment;
        this.groups = groups;
        this.reading = reading;
        this.index = index;
        this.times = times;
    }

    // ---- seeing a walk -------------------------------------------------------------------------

    /** How far a program has come in one directory. */
    private static final class Walk {
        private Name last;
        private int window = FILES_FIRST;
        private boolean begun;
        private @Nullable Name turn; // when this is read, more is brought
        private @Nullable Name end; // up to which there was nothing left to bring

        Walk(Name first) {
            last = first;
        }
    }

    /** What is to be brought: the files that follow {@code after}. */
    private record Order(Walk walk, Name after, int files) {}

    /** See {@link VnodeAccess#willRead}. */
    void willRead(FileId directory, CellPath path, Name name) {
        Order order = step(directory, name);
        if (order != null) {
            try {
                bring(directory, path, order);
            } catch (FailureException e) {
                LOG.debug("{}: nothing is read ahead: {}", path, e.getMessage());
            }
        }
    }

    private @Nullable Order step(FileId directory, Name name) {
        lock.lock();
        try {
            long now = times.ticker().nanos();
            Walk walk = walks.get(directory);
            if (walk == null || name.compareTo(walk.last) < 0) {
                Walk anew = new Walk(name);
                put(directory, anew);
                return isWalking(now) ? begin(anew, name) : null;
            }
            if (name.equals(walk.last)) {
                return null;
            }
            walk.last = name;
            walked = true;
            walkedNanos = now;
            if (!walk.begun) {
                return begin(walk, name);
            }
            Name turn = walk.turn;
            Name end = walk.end;
            return turn == null || end == null || name.compareTo(turn) < 0
                    ? null
                    : goOn(walk, name.compareTo(end) > 0 ? name : end);
        } finally {
            lock.unlock();
        }
    }

    private void put(FileId directory, Walk walk) {
        walks.put(directory, walk);
        if (walks.size() > DIRECTORIES_MAX) {
            walks.pollFirstEntry();
        }
    }

    private boolean isWalking(long now) {
        return walked && now - walkedNanos < WALKING.toNanos();
    }

    private static Order begin(Walk walk, Name after) {
        walk.begun = true;
        return new Order(walk, after, walk.window);
    }

    private static Order goOn(Walk walk, Name after) {
        walk.turn = null; // until it is known what comes
        walk.window = Math.min(2 * walk.window, FILES_MAX);
        return new Order(walk, after, walk.window);
    }

    // ---- bringing ------------------------------------------------------------------------------

    private void bring(FileId directory, CellPath path, Order order) {
        NavigableMap<Name, FileId> files = following(directory, order);
        if (files.isEmpty() || coming.size() > COMING_MAX) {
            return;
        }
        lock.lock();
        try {
            order.walk().turn = middle(files);
            order.walk().end = files.lastKey();
        } finally {
            lock.unlock();
        }
        files.forEach((name, file) -> {
            Coming one = new Coming(file, path.child(name));
            if (coming.putIfAbsent(file, one) == null) {
                waiting.add(one);
            }
        });
        for (int i = 0; i < Math.min(files.size(), WORKERS); i++) {
            startWorker();
        }
    }

    private static Name middle(NavigableMap<Name, FileId> files) {
        return files.keySet().stream().skip(files.size() / 2).findFirst().orElseThrow();
    }

    /** The next files that are small and whose contents have no name here. */
    private NavigableMap<Name, FileId> following(FileId directory, Order order) {
        VnodeCache vnodes = groups.holding(directory.volume(), times.call()).vnodes();
        long generation = vnodes.peek();
        NavigableMap<Name, FileId> files = new TreeMap<>();
        CachedVnode parent = vnodes.get(directory).orElse(null);
        if (parent == null || !vnodes.holds(generation)) {
            return files;
        }
        for (Map.Entry<Name, Binding> each : parent.names().entrySet()) {
            Name name = each.getKey();
            boolean next = name.compareTo(order.after()) > 0
                    && (files.size() < order.files() || name.compareTo(files.lastKey()) < 0);
            if (next && isWorthBringing(each.getValue().child(), generation)) {
                files.put(name, each.getValue().child().file());
                if (files.size() > order.files()) {
                    files.pollLastEntry();
                }
            }
        }
        return files;
    }

    private boolean isWorthBringing(CachedVnode vnode, long generation) {
        State state = vnode.state();
        Attributes attributes = state.attributes();
        return state.promised() == generation
                && attributes.getType() == FileType.FILE
                && attributes.getSize() > 0
                && attributes.getSize() <= ChunkBounds.INLINE_BYTES_MAX
                && !index.knows(vnode, attributes);
    }

    /** A file on its way; whoever marks it begun brings it. */
    private static final class Coming {
        private final FileId file;
        private final CellPath path;
        private final AtomicBoolean begun = new AtomicBoolean();
        private final CountDownLatch ended = new CountDownLatch(1);

        Coming(FileId file, CellPath path) {
            this.file = file;
            this.path = path;
        }

        boolean begin() {
            return begun.compareAndSet(false, true);
        }
    }

    private void startWorker() {
        if (!waiting.isEmpty() && workers.tryAcquire()) {
            Thread _ = environment.start("holdfast-ahead", this::work);
        }
    }

    private void work() {
        try {
            Coming next = waiting.poll();
            while (next != null) {
                if (next.begin()) {
                    bring(next);
                }
                next = waiting.poll();
            }
        } finally {
            workers.release();
        }
        startWorker(); // for what was added just before the release
    }

    private void bring(Coming one) {
        try {
            reading.open(Spot.of(one.file, one.path), times).close();
        } catch (FailureException e) {
            LOG.debug("{} is not read ahead: {}", one.path, e.getMessage());
        } finally {
            end(one);
        }
    }

    private void end(Coming one) {
        coming.remove(one.file, one);
        one.ended.countDown();
    }

    /**
     * Waits for a file that is being brought; one whose turn has not come is left to the caller.
     */
    void await(FileId file, Deadline deadline) {
        Coming one = coming.get(file);
        if (one == null) {
            return;
        }
        if (one.begin()) {
            end(one);
            return;
        }
        try {
            boolean _ = one.ended.await(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted");
        }
    }
}
