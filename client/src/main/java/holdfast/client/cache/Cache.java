package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Manifest;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The cache of whole files in one folder, which the processes of one user share. Safe for many
 * threads; one for each folder and process is enough. Contents are named by what they are
 * ({@link ContentId}), so nothing here is ever out of date.
 */
public final class Cache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Cache.class);
    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);
    private static final Duration SYNC_AFTER = Duration.ofMinutes(1);
    private static final long STREAM_BYTES_MIN = 4L << 20;

    private final Folder folder;
    private final CacheSettings settings;
    private final Clock clock;
    private final Ticker ticker;
    private final ProcessFolder process;
    private final Usage usage;
    private final ObjectStore objects;
    private final OpenTable table;
    private final Space space;
    private final Eviction eviction;
    private final Fillings fillings;
    private final WorkFolder work;
    private final boolean timesMissMappings;
    private final Notes notes;
    private final Inspection inspection;
    private final long openedNanos;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Thread tending;
    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong misses = new AtomicLong();

    private Cache(
            Folder folder,
            CacheSettings settings,
            Clock clock,
            Ticker ticker,
            ProcessFolder process,
            Usage usage,
            Generation generation)
            throws IOException {
        this.folder = folder;
        this.settings = settings;
        this.clock = clock;
        this.ticker = ticker;
        this.process = process;
        this.usage = usage;
        this.objects = new ObjectStore(folder, process, generation, usage, clock);
        PartialStore partials = new PartialStore(folder, process, generation, clock);
        this.table = new OpenTable(settings, generation, clock);
        this.eviction =
                new Eviction(folder, objects, partials, process, usage, settings.budgetBytes());
        this.space = new Space(settings.budgetBytes(), usage, eviction, table, ticker);
        this.fillings =
                new Fillings(process, objects, partials, table, space, settings.fetchesMax());
        this.work = new WorkFolder(folder, process);
        this.notes = new Notes(folder, process);
        this.inspection = new Inspection(folder, process, objects, partials, table, notes, usage);
        this.openedNanos = ticker.nanos();
        this.tending = Thread.ofVirtual().name("holdfast-cache").unstarted(this::tendUntilClosed);
        this.timesMissMappings = Files.getFileStore(folder.root()).type().equals("tmpfs");
    }

    /**
     * Opens the cache in {@code folder}, making it when it is absent, and removes what dead
     * processes left open. MISCONFIGURED when the folder is of another release, LOCAL_IO when it
     * can't be used.
     */
    public static Cache open(Path folder, CacheSettings settings, Clock clock, Ticker ticker) {
        return Failures.translating(folder, () -> {
            Files.createDirectories(folder);
            Folder where = new Folder(folder.toRealPath());
            try {
                return enter(where, settings, clock, ticker);
            } catch (IOException e) {
                if (!Failures.noSpace(e) || !Eviction.makeRoom(where)) {
                    throw e;
                }
                return enter(where, settings, clock, ticker);
            }
        });
    }

    private static Cache enter(Folder where, CacheSettings settings, Clock clock, Ticker ticker)
            throws IOException {
        where.make();
        try (FolderLock _ = FolderLock.take(where.lock(), Deadline.in(LOCK_WAIT, ticker))) {
            ProcessFolder process = ProcessFolder.make(where);
            boolean entered = false;
            try {
                Usage usage = new Usage(where, process.home());
                Generation generation = Generation.enter(where, usage);
                int _ = process.bury();
                Cache cache = new Cache(where, settings, clock, ticker, process, usage, generation);
                cache.tending.start();
                entered = true;
                return cache;
            } finally {
                if (!entered) {
                    process.close();
                }
            }
        }
    }

    /**
     * The contents {@code id} of {@code size} bytes, when they are here: a hit opens no file when
     * it did so lately.
     */
    public Optional<CachedFile> find(ContentId id, long size) {
        return Failures.translating(folder.root(), () -> {
            Optional<OpenObject> found = fillings.find(id, size, Optional.empty());
            if (found.isPresent()) {
                hits.incrementAndGet();
            }
            return found.map(object -> new CachedFile(this, Fillings.Opened.whole(object, true)));
        });
    }

    /**
     * The contents, fetched by {@code filler} as far as they are not here. Openers of the same
     * contents in this process share one fetch. NO_SPACE when the disk is full even after eviction;
     * what was brought by a fetch that failed is used by the next.
     */
    public CachedFile open(Contents contents, Origin origin, Filler filler, Deadline deadline) {
        return open(contents, origin, filler, false, deadline);
    }

    /**
     * The same, but what is large may still be coming when this returns: see
     * {@link CachedFile#await}.
     */
    public CachedFile stream(Contents contents, Origin origin, Filler filler, Deadline deadline) {
        return open(contents, origin, filler, contents.size() >= STREAM_BYTES_MIN, deadline);
    }

    private CachedFile open(
            Contents contents, Origin origin, Filler filler, boolean streaming, Deadline deadline) {
        return Failures.translating(folder.root(), () -> {
            Fillings.Opened opened = fillings.open(contents, filler, streaming, deadline);
            if (!opened.fromCache()) {
                note(opened.object().id(), origin);
            }
            (opened.fromCache() ? hits : misses).incrementAndGet();
            return new CachedFile(this, opened);
        });
    }

    /**
     * A working copy that starts as {@code base}, which is closed by this. It shares the base's
     * blocks where the file system can; else the base itself becomes the working copy when nobody
     * else has it open; else it is copied.
     */
    public WorkingCopy edit(CachedFile base, WorkingCopy.About about) {
        return Failures.translating(folder.root(), () -> copies().of(base, about));
    }

    /**
     * An empty working copy, of a new file or to replace all of one; it counts as changed from the
     * start.
     */
    public WorkingCopy create(WorkingCopy.About about) {
        return Failures.translating(folder.root(), () -> copies().empty(about));
    }

    private WorkingCopies copies() {
        return new WorkingCopies(this, work, table, objects, space);
    }

    WorkingCopy reopen(WorkRecord record) {
        return new WorkingCopy(work, this, record, WorkingCopy.Start.RECOVERED, Optional.empty());
    }

    /** Working copies that were not stored. */
    public RecoveryStore recovery() {
        return new RecoveryStore(work, this);
    }

    /** How it is used. */
    public CacheUsage usage() {
        return new CacheUsage(hits.get(), misses.get(), usage.used(), settings.budgetBytes());
    }

    /** The folder. */
    public Path folder() {
        return folder.root();
    }

    Space space() {
        return space;
    }

    long nowSeconds() {
        return clock.instant().getEpochSecond();
    }

    long nowMillis() {
        return clock.millis();
    }

    /** Whether here a write through a mapping does not change a file's time. */
    boolean timesMissMappings() {
        return timesMissMappings;
    }

    Optional<Manifest> manifestOf(ContentId id) {
        return Failures.translating(folder.root(), () -> objects.manifest(id));
    }

    void release(Fillings.Opened opened) {
        Failures.doing(folder.root(), () -> {
            if (closing.get()) {
                opened.object().drop();
                return;
            }
            if (opened.filling().isPresent()) {
                opened.filling().get().leave(opened.object());
            } else {
                table.release(opened.object());
            }
            space.letGoWhenAsked();
        });
    }

    /** Makes an object of a working copy's file; {@code manifest} is empty when it is inline. */
    void moveIn(ContentId id, Optional<Manifest> manifest, Path file, Optional<Origin> origin)
            throws IOException {
        long stored = manifest.isPresent() ? manifest.get().storedBytes() : Files.size(file);
        long bytes = Fillings.footprint(stored, manifest.isPresent());
        space.reserve(bytes, Deadline.in(LOCK_WAIT, ticker));
        boolean moved = false;
        try {
            objects.moveIn(id, manifest, file);
            moved = true;
        } finally {
            if (moved) {
                space.settle(bytes);
            } else {
                space.cancel(bytes);
            }
        }
        if (origin.isPresent()) {
            note(id, origin.get());
        }
    }

    /** Only for people: that it can't be noted fails nothing. */
    private void note(ContentId id, Origin origin) {
        try {
            notes.add(id, origin);
        } catch (IOException e) {
            LOG.debug("Where contents came from could not be noted: {}", e.toString());
        }
    }

    /** All contents in the folder, of all processes, the last used first. */
    public List<CachedObject> objects() {
        return Failures.translating(folder.root(), inspection::list);
    }

    /** Removes all contents that nobody has open; returns the bytes freed. */
    public long clear(Deadline deadline) {
        return Failures.translating(folder.root(), () -> {
            table.trim(0, 0);
            return eviction.clear(deadline);
        });
    }

    /** Hashes all contents; what is damaged is removed and returned. */
    public List<CachedObject> verify(Deadline deadline) {
        return Failures.translating(folder.root(), () -> inspection.verify(deadline));
    }

    /** Does now what it does every so often: removes what the dead left, keeps to the budget. */
    void tend() {
        Failures.doing(folder.root(), () -> {
            int _ = process.bury();
            space.tend();
            notes.flush();
            List<KeptCopy> _ = recovery().list(); // removes what the dead left unchanged
        });
    }

    private void tendUntilClosed() {
        try {
            while (!closed.await(settings.tendEvery().toMillis(), TimeUnit.MILLISECONDS)) {
                tendQuietly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tendQuietly() {
        try {
            tend();
        } catch (FailureException e) {
            LOG.warn("The cache in {} could not be tended: {}", folder.root(), e.failure());
        }
    }

    /**
     * Lets go of everything; contents stay on disk. Files still open can't be used any more.
     * Closing twice is harmless.
     */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        closed.countDown();
        awaitTending();
        Failures.doing(folder.root(), () -> {
            table.trim(0, 0);
            notes.flush();
            try (FolderLock _ = FolderLock.take(folder.lock(), Deadline.in(LOCK_WAIT, ticker))) {
                leaveClean();
                process.close();
            }
        });
    }

    private void awaitTending() {
        try {
            boolean _ = tending.join(LOCK_WAIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The last to leave says that all is on the disk, unless that costs more than hashing some
     * objects again.
     */
    private void leaveClean() throws IOException {
        long livedNanos = ticker.nanos() - openedNanos;
        boolean worthSyncing = !usage.unsynced() || livedNanos > SYNC_AFTER.toNanos();
        if (Posix.AVAILABLE && worthSyncing && process.bury() == 1) {
            Generation.leaveClean(folder, usage);
        }
    }
}
