package holdfast.mount.cell;

import holdfast.client.files.Cell.Changes;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.Stat;
import holdfast.client.files.VnodeAccess.Lock;
import holdfast.model.chunk.ChunkBounds;
import holdfast.mount.fuse.Call;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * What the open files of one inode share: one cached version as long as all of them read, the
 * working copy as long as one may write. So programs on this machine see each other's writes at
 * once, and others what was closed. When the last writer has gone, those that still read go on with
 * the version that it stored.
 *
 * <p>A file that is open at a version which is not the newest can't be opened at another: that is
 * ESTALE, and the caller lets the kernel look the name up again, which then leads to another inode.
 *
 * <p>An interrupt of one program would close the local file's channel for all of them: what uses it
 * is shielded here. What waits for servers or for other mounts is not.
 */
final class Contents {
    private static final Logger LOG = LoggerFactory.getLogger(Contents.class);

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Condition settled = lock.writeLock().newCondition();
    private final ReentrantLock appending = new ReentrantLock();
    private @Nullable OpenFile reader;
    private @Nullable OpenFile writer;
    private int readers;
    private int writers;
    private boolean settling; // a writer is opened or closed, or the lock is taken
    private final Flocks flocks = new Flocks();
    private @Nullable Lock hold; // the cell's lock for flocks, while no writer has it
    private volatile @Nullable Instant modified; // when it was written to, since the last store
    private volatile @Nullable Instant altered; // when attributes were set that are to be stored
    private long kept = -1; // the version whose bytes the kernel has

    /** Opens something at the cell; may wait for long. */
    @FunctionalInterface
    interface Opening {
        OpenFile open() throws IOException;
    }

    /** The same for writing, under a lock that is held already where there is one. */
    @FunctionalInterface
    interface WriteOpening {
        OpenFile open(@Nullable Lock held) throws IOException;
    }

    /** Takes the cell's lock; may wait for long. */
    @FunctionalInterface
    interface Taking {
        Lock take(boolean exclusive) throws IOException;
    }

    /** Whether the kernel may keep the bytes that it has. */
    private boolean keeps(long version) {
        boolean same = kept == version;
        kept = version;
        return same;
    }

    // ---- opening -------------------------------------------------------------------------------

    /**
     * One more reader; returns whether the kernel may keep the bytes that it has.
     *
     * @throws FuseException ESTALE when the file is open here at an older version
     */
    boolean openToRead(Opening opening) throws IOException {
        if (joinsWriter()) {
            return true;
        }
        OpenFile mine = opening.open();
        lock.writeLock().lock();
        try {
            OpenFile open = reader;
            if (writer == null && open == null) {
                reader = mine;
                readers++;
                return keeps(mine.stat().dataVersion());
            }
            if (writer == null && open != null && differ(open, mine)) {
                throw stale();
            }
            readers++;
        } catch (FuseException e) {
            mine.discard();
            throw e;
        } finally {
            lock.writeLock().unlock();
        }
        mine.discard();
        return true;
    }

    private boolean joinsWriter() {
        lock.writeLock().lock();
        try {
            if (writer == null) {
                return false;
            }
            readers++;
            return true;
        } finally {
            lock.writeLock().unlock();
        }
    }

    private static boolean differ(OpenFile one, OpenFile other) {
        return one.stat().dataVersion() != other.stat().dataVersion();
    }

    private static FuseException stale() {
        return new FuseException(Errno.ESTALE, "open here at an older version");
    }

    /**
     * One more writer, whose writes all see; returns whether the kernel may keep the bytes that it
     * has.
     *
     * @param truncates whether the contents go
     * @throws FuseException ESTALE when the file is open here at an older version
     */
    boolean openToWrite(WriteOpening opening, boolean truncates, Clock clock)
            throws IOException, InterruptedException {
        lock.writeLock().lockInterruptibly();
        try {
            awaitSettled();
            if (writer != null) {
                writers++;
                if (truncates) {
                    truncate(0, clock);
                }
                return !truncates;
            }
            settling = true;
        } finally {
            lock.writeLock().unlock();
        }
        OpenFile mine = null;
        try {
            mine = opening.open(heldAlone());
        } finally {
            lock.writeLock().lock();
            try {
                settle();
                if (mine != null) {
                    takeWriter(mine);
                }
            } finally {
                lock.writeLock().unlock();
            }
        }
        if (truncates) {
            modified = clock.instant();
        }
        return keeps(mine.stat().dataVersion()) && !truncates;
    }

    /** Only who settles calls this. What is only shared is given back: a writer needs all. */
    private @Nullable Lock heldAlone() {
        Lock held = hold;
        if (held == null || held.exclusive()) {
            return held;
        }
        hold = null;
        held.release();
        return null;
    }

    private void takeWriter(OpenFile mine) {
        OpenFile open = reader;
        if (open != null && differ(open, mine)) {
            mine.discard();
            throw stale();
        }
        writer = mine;
        writers++;
        if (open != null) {
            open.discard();
            reader = null;
        }
    }

    private void awaitSettled() throws InterruptedException {
        while (settling) {
            settled.await();
        }
    }

    private void settle() {
        settling = false;
        settled.signalAll();
    }

    // ---- flock(2) ------------------------------------------------------------------------------

    /**
     * Takes flock(2)'s lock for {@code owner}: from the others of this mount, and from the other
     * mounts by the cell's lock of the file, which a writer here has anyway. Changing from one kind
     * to the other gives up the first, as flock(2) says.
     *
     * @throws FuseException EAGAIN when another has it and {@code waits} is false
     */
    void flock(long owner, boolean exclusive, boolean waits, Taking taking)
            throws IOException, InterruptedException {
        boolean taken = false;
        try {
            flocks.take(owner, exclusive, waits);
            takeHold(exclusive, taking);
            taken = true;
        } finally {
            if (!taken) {
                unflock(owner);
            }
        }
    }

    private void takeHold(boolean exclusive, Taking taking)
            throws IOException, InterruptedException {
        lock.writeLock().lockInterruptibly();
        try {
            awaitSettled();
            Lock held = hold;
            if (writer != null || (held != null && held.exclusive() == exclusive)) {
                checkHold();
                return;
            }
            settling = true;
            hold = null;
            if (held != null) {
                held.release();
            }
        } finally {
            lock.writeLock().unlock();
        }
        Lock taken = null;
        try {
            taken = taking.take(exclusive);
        } finally {
            lock.writeLock().lock();
            try {
                settle();
                hold = taken;
            } finally {
                lock.writeLock().unlock();
            }
        }
    }

    /** After an open for writing failed for which a shared lock had been given back. */
    void takeAgain(Taking taking) throws IOException, InterruptedException {
        lock.readLock().lock();
        try {
            if (hold != null || !flocks.isTaken()) {
                return;
            }
        } finally {
            lock.readLock().unlock();
        }
        takeHold(false, taking);
    }

    private void checkHold() {
        Lock held = hold;
        if (held != null && held.isLost()) {
            hold = null;
            held.release();
            throw new FuseException(Errno.EIO, "the lock was lost: its session has ended");
        }
    }

    /** {@code owner} gives its lock back; again: nothing. */
    void unflock(long owner) {
        flocks.release(owner);
        lock.writeLock().lock();
        try {
            Lock held = hold;
            if (held != null && !settling && !flocks.isTaken()) {
                hold = null;
                held.release();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Whether something open here is at another version than {@code version}. */
    boolean isOpenAtOther(long version) {
        lock.readLock().lock();
        try {
            OpenFile open = reader;
            return writer == null && open != null && open.stat().dataVersion() != version;
        } finally {
            lock.readLock().unlock();
        }
    }

    // ---- using ---------------------------------------------------------------------------------

    /** Does something with what is open. */
    @FunctionalInterface
    private interface Use<T> {
        T with(OpenFile file) throws IOException;
    }

    private <T> T using(Use<T> use) throws IOException {
        return withLock(() -> {
            OpenFile file = writer != null ? writer : reader;
            if (file == null) {
                throw new FuseException(Errno.ESTALE, "the version that was open is gone");
            }
            return use.with(file);
        });
    }

    private <T> T writing(Use<T> use) throws IOException {
        return withLock(() -> {
            OpenFile file = writer;
            if (file == null) {
                throw new FuseException(Errno.EBADF, "not open for writing");
            }
            return use.with(file);
        });
    }

    private <T> T withLock(Call.Work<T, IOException> work) throws IOException {
        return Call.shieldedHere(() -> {
            lock.readLock().lock();
            try {
                return work.run();
            } finally {
                lock.readLock().unlock();
            }
        });
    }

    /** Waits until what is to be read is on this machine. */
    void await(long offset, long length) throws IOException {
        OpenFile file;
        lock.readLock().lock();
        try {
            file = writer != null ? writer : reader;
        } finally {
            lock.readLock().unlock();
        }
        if (file != null) {
            file.await(offset, length);
        }
    }

    /** Fills {@code into} from {@code offset}, less only at the end; see {@link #await}. */
    void read(ByteBuffer into, long offset) throws IOException {
        using(file -> {
            int from = into.position();
            while (into.hasRemaining()) {
                if (file.channel().read(into, offset + into.position() - from) < 0) {
                    break;
                }
            }
            return file;
        });
    }

    /** The store would be refused; the local disk may take more. */
    private static void checkEnd(long end) {
        if (end > ChunkBounds.FILE_BYTES_MAX) {
            throw new FuseException(Errno.EFBIG, "a file has at most 8 TiB, not " + end + " bytes");
        }
    }

    /** Writes all of {@code data}; EFBIG when a file can't be that long. */
    void write(ByteBuffer data, long offset, Clock clock) throws IOException {
        checkEnd(offset + data.remaining());
        writing(file -> {
            write(file.channel(), data, offset);
            modified = clock.instant();
            return file;
        });
    }

    /** Writes all of {@code data} at the end; returns where that was. */
    long append(ByteBuffer data, Clock clock) throws IOException {
        appending.lock();
        try {
            long[] end = new long[1];
            writing(file -> {
                end[0] = file.channel().size();
                checkEnd(end[0] + data.remaining());
                write(file.channel(), data, end[0]);
                modified = clock.instant();
                return file;
            });
            return end[0];
        } finally {
            appending.unlock();
        }
    }

    private static void write(FileChannel to, ByteBuffer data, long offset) throws IOException {
        long at = offset;
        while (data.hasRemaining()) {
            at += to.write(data, at);
        }
    }

    /** Cuts it, or makes it longer by a hole; EFBIG when a file can't be that long. */
    void truncate(long size, Clock clock) throws IOException {
        checkEnd(size);
        writing(file -> {
            if (size < file.channel().size()) {
                FileChannel _ = file.channel().truncate(size);
            } else {
                file.extend(size);
            }
            modified = clock.instant();
            return file;
        });
    }

    /** Makes it at least {@code size} long; EFBIG when a file can't be that long. */
    void extend(long size, Clock clock) throws IOException {
        checkEnd(size);
        writing(file -> {
            if (file.channel().size() < size) {
                file.extend(size);
                modified = clock.instant();
            }
            return file;
        });
    }

    /** It counts as written to. */
    void touch(Clock clock) throws IOException {
        writing(file -> {
            modified = clock.instant();
            return file;
        });
    }

    /** Makes it zeros, as far as there are bytes now. */
    void zero(long offset, long length, Clock clock) throws IOException {
        writing(file -> {
            file.zero(offset, length);
            modified = clock.instant();
            return file;
        });
    }

    /** Where the next bytes, or the next hole, are at or after {@code offset}; ENXIO: nowhere. */
    long seek(long offset, boolean hole) throws IOException {
        return using(file -> {
            if (offset < 0 || offset >= file.channel().size()) {
                throw new FuseException(Errno.ENXIO);
            }
            return hole
                    ? file.nextHole(offset)
                    : file.nextData(offset).orElseThrow(() -> new FuseException(Errno.ENXIO));
        });
    }

    /** Some bytes from one open file to another, on this machine. */
    record Copy(long from, long to, long length) {}

    /**
     * Copies, and returns how many bytes; 0 at the source's end.
     *
     * @param sourceFirst the order in which locks are taken; of two files always the same
     */
    static long copy(Contents source, Contents target, Copy range, boolean sourceFirst, Clock clock)
            throws IOException {
        return sourceFirst
                ? source.using(from -> target.writing(to -> target.copied(from, to, range, clock)))
                : target.writing(to -> source.using(from -> target.copied(from, to, range, clock)));
    }

    private long copied(OpenFile from, OpenFile to, Copy range, Clock clock) throws IOException {
        long copied = to.copyFrom(from, range.from(), range.to(), range.length());
        if (copied > 0) {
            modified = clock.instant();
        }
        return copied;
    }

    /**
     * Attributes to ride in the next store. False when nobody writes here, so that they are to be
     * changed at the server.
     */
    boolean change(Changes changes, Clock clock) throws IOException {
        lock.readLock().lock();
        try {
            OpenFile file = writer;
            if (file == null) {
                return false;
            }
            file.change(changes);
            altered = clock.instant();
            if (changes.modified().isPresent()) {
                modified = null;
            }
            return true;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Whether programs here may write to it now. */
    boolean isWritten() {
        lock.readLock().lock();
        try {
            return writer != null;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Whether all that is to be stored is that there is nothing in it any more. */
    boolean isEmptied() throws IOException {
        return withLock(() -> {
            OpenFile file = writer;
            return file != null
                    && file.channel().size() == 0
                    && (modified != null || file.changed());
        });
    }

    /** How it is here: of what is open, with what was written; empty when nothing is open. */
    Optional<Stat> stat() throws IOException {
        return withLock(() -> {
            OpenFile file = writer != null ? writer : reader;
            return file == null ? Optional.empty() : Optional.of(stat(file));
        });
    }

    private Stat stat(OpenFile file) throws IOException {
        return written(file, file.stat());
    }

    private Stat written(OpenFile file, Stat stat) throws IOException {
        Changes time = Changes.modified(Optional.ofNullable(modified));
        Instant changed = later(later(stat.changed(), modified), altered);
        return stat.with(file.pending()).with(time).withContents(file.channel().size(), changed);
    }

    private static Instant later(Instant one, @Nullable Instant other) {
        return other != null && other.isAfter(one) ? other : one;
    }

    /** How it is in the cell, with what was written here; empty when nobody writes here. */
    Optional<Stat> written(Stat stat) throws IOException {
        return withLock(() -> {
            OpenFile file = writer;
            return file == null ? Optional.empty() : Optional.of(written(file, stat));
        });
    }

    // ---- storing -------------------------------------------------------------------------------

    /** Stores what was written; returns whether there was something. */
    boolean store() throws IOException {
        OpenFile file;
        lock.readLock().lock();
        try {
            file = writer;
        } finally {
            lock.readLock().unlock();
        }
        return file != null && Call.shieldedHere(() -> storeIfChanged(file));
    }

    private boolean storeIfChanged(OpenFile file) throws IOException {
        boolean changed = modified != null || file.changed();
        if (changed) {
            store(file);
        }
        return changed;
    }

    /** Does something with the open file that stores it. */
    @FunctionalInterface
    interface Naming<T> {
        T name(OpenFile file) throws IOException;
    }

    /** Gives the file without a name that is open here its name, with what was written. */
    <T> T name(Naming<T> naming) throws IOException {
        OpenFile file = writing(open -> open);
        List<T> named = new ArrayList<>(1);
        return Call.shieldedHere(() -> {
            store(file, () -> {
                named.add(naming.name(file));
                return file.stat();
            });
            return named.getFirst();
        });
    }

    private void store(OpenFile file) throws IOException {
        store(file, file::store);
    }

    /** What stores a file. */
    @FunctionalInterface
    private interface Storing {
        Stat store() throws IOException;
    }

    /** Times are those of the writes, so that they stay the same when it is stored. */
    private void store(OpenFile file, Storing storing) throws IOException {
        Instant written = modified;
        if (written != null) {
            file.change(Changes.modified(Optional.of(written)));
        }
        Stat stored = storing.store();
        lock.writeLock().lock();
        try {
            if (Objects.equals(modified, written)) {
                modified = null;
            }
            kept = stored.dataVersion();
        } finally {
            lock.writeLock().unlock();
        }
    }

    // ---- closing -------------------------------------------------------------------------------

    /** One reader less. */
    void closeReader() {
        lock.writeLock().lock();
        try {
            readers--;
            if (readers > 0) {
                return;
            }
            if (reader != null) {
                reader.discard();
                reader = null;
            }
            if (writer != null && writers == 0 && !settling) {
                writer.discard(); // of a removed file
                writer = null;
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Takes part in the lock of an open file. */
    @FunctionalInterface
    interface LockOf {
        Lock of(OpenFile file) throws IOException;
    }

    /**
     * One writer less; the last stores what is left, or gives it up when {@code removed}.
     *
     * @param again opens the file for those that still read
     * @param locks gives the lock of the open file
     * @throws IOException when it could not be stored; it is kept for recovery then
     */
    void closeWriter(boolean removed, Opening again, LockOf locks) throws IOException {
        OpenFile file;
        lock.writeLock().lock();
        try {
            writers--;
            file = writer;
            if (writers > 0 || file == null) {
                return;
            }
            settling = true;
        } finally {
            lock.writeLock().unlock();
        }
        Call.shieldedHere(() -> {
            closeLast(file, removed, again, locks);
            return file;
        });
    }

    private void closeLast(OpenFile file, boolean removed, Opening again, LockOf locks)
            throws IOException {
        CellException failure = null;
        try {
            if (!removed) {
                boolean _ = storeIfChanged(file);
            }
        } catch (CellException e) {
            failure = e;
        } finally {
            lock.writeLock().lock();
            try {
                if (hold == null && flocks.isTaken()) {
                    hold = locks.of(file);
                }
                end(file, removed, failure, again);
            } finally {
                settle();
                lock.writeLock().unlock();
            }
        }
    }

    /**
     * What could not be stored is kept for recovery.
     *
     * @param failure why it could not
     */
    private void end(OpenFile file, boolean removed, @Nullable CellException failure, Opening again)
            throws IOException {
        if (writers > 0 || (removed && readers > 0)) {
            if (failure != null) {
                throw failure;
            }
            return; // opened again while it was stored, or all that is left of the file
        }
        long version = file.stat().dataVersion();
        writer = null;
        modified = null;
        altered = null;
        kept = -1; // what could not be stored is in the kernel, too
        try {
            if (removed) {
                file.discard();
            } else if (failure != null) {
                throw file.keep(failure);
            } else {
                file.close();
                version = file.stat().dataVersion();
                kept = version;
            }
        } finally {
            reopen(version, again);
        }
    }

    /** Those that still read go on with what was stored, if that is the newest version. */
    private void reopen(long version, Opening again) {
        if (readers == 0) {
            return;
        }
        try {
            OpenFile stored = again.open();
            if (stored.stat().dataVersion() == version) {
                reader = stored;
            } else {
                stored.discard();
            }
        } catch (CellException e) {
            LOG.info("What still reads a stored file can't go on: {}", e.failure());
        } catch (IOException e) {
            LOG.warn("What still reads a stored file can't go on: {}", e.toString());
        }
    }
}
