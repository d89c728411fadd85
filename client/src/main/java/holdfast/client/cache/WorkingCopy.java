package holdfast.client.cache;

import holdfast.model.chunk.ChunkFound;
import holdfast.model.chunk.Chunker;
import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Inline;
import holdfast.model.chunk.Manifest;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.StampedLock;

/**
 * The private file of one writer. What is written to it is on the local disk at once, with a record
 * of whose it is: should the process be killed, {@link RecoveryStore} lists it. It ends in exactly
 * one way: {@link #finish}, {@link #discard}, {@link #keep}, or {@link #close}, which keeps it when
 * it has changes. The channel may be used by many threads; the other methods by one at a time.
 *
 * <p>Whether it was changed by others, who know only its path, is told by its modification time,
 * which is set to a mark that no clock shows. It follows the file system in that: on most, also a
 * write through a mapping changes the time.
 */
public final class WorkingCopy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkingCopy.class);
    private static final int CUTS_MAX = 3;

    private final WorkFolder work;
    private final Cache cache;
    private final WrittenRanges ranges = new WrittenRanges();
    private final StampedLock gate = new StampedLock();

    private WorkRecord record;
    private boolean anew; // to be stored even when nothing was written
    private Optional<ContentId> base; // the contents that it started as, when they were cached
    private boolean only; // the cache has its base nowhere else
    private volatile boolean othersMayWrite; // by the path, or by a mapping that outlives stores
    private boolean tracked; // all writes through the channel were noted
    private long mark; // the modification time when it was cut last
    private @Nullable TrackedChannel channel;
    private boolean ended;

    /**
     * Whose contents they are to become.
     *
     * @param path under which it was opened
     * @param baseVersion the data version that the change is made to; 0 when the file does not
     *     exist yet
     */
    public record About(FileId file, CellPath path, long baseVersion) {}

    /** How a working copy starts. */
    enum Start {
        /** It is like its base. */
        LIKE_BASE,
        /** It is the cached object itself, which the cache has no more. */
        AS_BASE,
        /**
         * It is empty and the base is not, or there is no base: to be stored even when nothing was
         * written.
         */
        ANEW,
        /** Somebody wrote to it, nobody knows what. */
        RECOVERED
    }

    WorkingCopy(
            WorkFolder work,
            Cache cache,
            WorkRecord record,
            Start start,
            Optional<ContentId> base) {
        this.work = work;
        this.cache = cache;
        this.record = record;
        this.anew = start == Start.ANEW || start == Start.RECOVERED;
        this.tracked = start != Start.RECOVERED;
        this.mark = record.mark();
        this.base = base;
        this.only = start == Start.AS_BASE;
    }

    /** Its name in recovery. */
    public String id() {
        return record.id();
    }

    /** Whose it is, with the version that it is based on now. */
    public About about() {
        return record.about();
    }

    /**
     * The local file, to be read and written by anybody. What is written is then no longer known in
     * detail.
     */
    public Path path() {
        othersMayWrite = true;
        return data();
    }

    private Path data() {
        return work.data(record.id());
    }

    /**
     * A channel for reading and writing whose writes are tracked; the same each time. Closed with
     * this.
     *
     * @param append whether writes without a position go to the end; decided by the first call
     */
    public FileChannel channel(boolean append) {
        if (channel == null) {
            channel = Failures.translating(
                    data(),
                    () -> new TrackedChannel(
                            FileChannel.open(
                                    data(), StandardOpenOption.READ, StandardOpenOption.WRITE),
                            append,
                            ranges,
                            () -> othersMayWrite = true,
                            gate,
                            data(),
                            cache.space(),
                            () -> work.sync(record.id())));
        }
        return channel;
    }

    private TrackedChannel tracked(boolean append) {
        FileChannel _ = channel(append);
        return Objects.requireNonNull(channel);
    }

    /** Adds a hole at the end, so that it is so long; shorter than it is: nothing. */
    public void extend(boolean append, long size) {
        Failures.doing(data(), () -> tracked(append).extend(size));
    }

    /** Makes these bytes zeros, as far as there are any; a hole where the file system can. */
    public void zero(boolean append, long position, long length) {
        Failures.doing(data(), () -> tracked(append).zero(position, length));
    }

    /** Copies from another local file; returns how many bytes, 0 at its end. */
    public long copyFrom(boolean append, Path file, long filePosition, long position, long length) {
        return Failures.translating(
                data(), () -> tracked(append).copyFrom(file, filePosition, position, length));
    }

    /** The same from another working copy, or this one. */
    public long copyFrom(
            boolean append, WorkingCopy other, long filePosition, long position, long length) {
        return copyFrom(append, other.data(), filePosition, position, length);
    }

    /**
     * Where the next bytes are at or after {@code position}, which is in the file; empty when only
     * a hole is left.
     */
    public OptionalLong nextData(long position) {
        return Failures.translating(data(), () -> Holes.nextData(data(), position));
    }

    /** Where the next hole is at or after {@code position}, which is in the file. */
    public long nextHole(long position) {
        return Failures.translating(data(), () -> Holes.nextHole(data(), position, size()));
    }

    /** Bytes that it has now. */
    public long size() {
        return facts().size();
    }

    private FileFacts facts() {
        return Failures.translating(
                data(),
                () -> FileFacts.of(data())
                        .orElseThrow(() -> FailureException.of(
                                FailureCode.LOCAL_IO, "the working copy is gone: " + data())));
    }

    /** Whether it has to be stored. */
    public boolean changed() {
        return anew || !ranges.isEmpty() || touched(facts()) || differsUnseen();
    }

    private boolean touched(FileFacts facts) {
        return facts.size() != record.baseSize()
                || facts.modified() != mark
                || facts.modifiedNanos() != 0;
    }

    /** Where others could write without changing the time, only the bytes tell. */
    private boolean differsUnseen() {
        return unseenWritesPossible()
                && !Failures.translating(
                        data(),
                        () -> base.isPresent()
                                && Verifier.holds(data(), base.get(), record.base()));
    }

    private boolean unseenWritesPossible() {
        return othersMayWrite && cache.timesMissMappings();
    }

    /** The file was renamed; recovery will say so. */
    public void renamed(CellPath to) {
        record = record.withPath(to);
        Failures.doing(data(), () -> work.update(record, false));
    }

    /**
     * It, to be stored; writes through the channel wait until the result is closed. Only what was
     * written is read, when that is known. TIMED_OUT; BUSY, here or when its contents are asked
     * for, when others keep writing to it.
     */
    public Outgoing cut(Deadline deadline) {
        long stamp = closeGate(deadline);
        boolean cut = false;
        try {
            Outgoing outgoing = Failures.translating(data(), () -> cut(stamp));
            cut = true;
            return outgoing;
        } finally {
            if (!cut) {
                gate.unlockWrite(stamp);
            }
        }
    }

    private long closeGate(Deadline deadline) {
        try {
            long stamp = gate.tryWriteLock(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
            if (stamp == 0) {
                throw FailureException.of(
                        FailureCode.TIMED_OUT, "writing to the file did not end in time");
            }
            return stamp;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "interrupted");
        }
    }

    /** While nobody else knows the file, it can't change until it is sent, and is cut meanwhile. */
    private Outgoing cut(long stamp) throws IOException {
        return othersMayWrite ? cutAtOnce(stamp) : cutLater(stamp);
    }

    private Outgoing cutLater(long stamp) throws IOException {
        boolean detailed = writesAreKnown(facts());
        return new Outgoing(
                data(),
                openMarked(),
                (source, found) -> {
                    Contents contents = cut(source, detailed, found);
                    if (!isAsMarked(contents.size())) {
                        throw changing();
                    }
                    return contents;
                },
                () -> gate.unlockWrite(stamp));
    }

    /** Others' writes from here on change the time again. */
    private LocalSource openMarked() throws IOException {
        mark = Math.max(mark, record.mark()) + 1;
        FileFacts.setTimes(data(), cache.nowSeconds(), OptionalLong.of(mark));
        return LocalSource.open(data());
    }

    private boolean isAsMarked(long size) {
        FileFacts facts = facts();
        return facts.modified() == mark && facts.size() == size;
    }

    private static FailureException changing() {
        return FailureException.of(
                FailureCode.BUSY, "another program keeps writing to the working copy");
    }

    private Outgoing cutAtOnce(long stamp) throws IOException {
        for (int i = 0; i < CUTS_MAX; i++) {
            boolean detailed = writesAreKnown(facts());
            LocalSource source = openMarked();
            boolean good = false;
            try {
                Outgoing outgoing = new Outgoing(
                        data(),
                        source,
                        (from, found) -> cut(from, detailed, found),
                        () -> gate.unlockWrite(stamp));
                good = isAsMarked(outgoing.contents().size());
                if (good) {
                    return outgoing;
                }
                ranges.addUnknown();
            } finally {
                if (!good) {
                    source.close();
                }
            }
        }
        throw changing();
    }

    /** Whether all changes went through the channel. */
    private boolean writesAreKnown(FileFacts facts) {
        return tracked
                && ranges.known()
                && !(othersMayWrite && (touched(facts) || unseenWritesPossible()));
    }

    private Contents cut(LocalSource source, boolean detailed, ChunkFound found)
            throws IOException {
        Optional<Manifest> base = record.base();
        return detailed && base.isPresent()
                ? Chunker.recut(source, base.get(), ranges.list())
                : Chunker.cut(source, found);
    }

    /**
     * {@code sent}, which is still open, was stored as {@code version}: it is the base of what is
     * written from now on.
     */
    public void stored(Outgoing sent, long version) {
        Optional<Manifest> pieces = manifestOf(sent.contents());
        record = record.withBase(version, sent.size(), pieces, mark);
        anew = false;
        tracked = true;
        only = true;
        base = Optional.of(sent.contents().id());
        ranges.clear();
        try {
            Failures.doing(data(), () -> work.update(record, false));
        } catch (FailureException e) {
            // No failure of the store. Should this process die, recovery compares the contents.
            LOG.warn("What was stored is not noted so on this machine: {}", e.getMessage());
        }
    }

    private static Optional<Manifest> manifestOf(Contents contents) {
        return switch (contents) {
            case Manifest manifest -> Optional.of(manifest);
            case Inline _ -> Optional.empty();
        };
    }

    /**
     * {@code sent}, which is still open, was stored as {@code version}: the file becomes the cached
     * contents, without copying. BUSY when another program wrote to it meanwhile; that is kept.
     */
    public void finish(Outgoing sent, long version) {
        closeChannel();
        FileFacts facts = facts();
        if (facts.modified() != mark || facts.size() != sent.size()) {
            stored(sent, version);
            keep("another program wrote to it after it was stored");
            throw FailureException.of(
                    FailureCode.BUSY,
                    "another program wrote to the working copy after it was stored; it is kept as "
                            + id());
        }
        ended = true;
        About about = record.about();
        Origin origin = new Origin(about.path(), about.file(), version);
        Contents contents = sent.contents();
        boolean moved = cacheQuietly(contents.id(), manifestOf(contents), Optional.of(origin));
        Failures.doing(data(), () -> {
            if (moved) {
                work.removeRecord(record.id());
            } else {
                work.remove(record.id());
            }
        });
    }

    /** The contents are stored: that they can't be cached must not look like a failed store. */
    private boolean cacheQuietly(
            ContentId contents, Optional<Manifest> pieces, Optional<Origin> origin) {
        try {
            cache.moveIn(contents, pieces, data(), origin);
            return true;
        } catch (IOException | FailureException e) {
            LOG.warn("Stored contents could not be cached: {}", e.toString());
            return false;
        }
    }

    /** Keeps it for recovery, durably, and ends it; {@code reason} says why it was not stored. */
    public void keep(String reason) {
        if (ended) {
            return;
        }
        closeChannel();
        ended = true;
        record = record.withReason(Optional.of(reason));
        Failures.doing(data(), () -> work.release(record));
    }

    /** Gives up what was written, and ends it. */
    public void discard() {
        if (ended) {
            return;
        }
        closeChannel();
        ended = true;
        Failures.doing(data(), () -> {
            if (only && base.isPresent() && !changed()) {
                boolean _ = cacheQuietly(base.get(), record.base(), Optional.empty());
            }
            work.remove(record.id());
        });
    }

    private void closeChannel() {
        TrackedChannel open = channel;
        if (open != null) {
            Failures.doing(data(), open::close);
        }
    }

    /**
     * Keeps it when it has changes that were not stored, else discards it. After another end:
     * nothing.
     */
    @Override
    public void close() {
        if (!ended && changed()) {
            keep("closed without being stored");
        } else {
            discard();
        }
    }
}
