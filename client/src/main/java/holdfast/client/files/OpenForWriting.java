package holdfast.client.files;

import holdfast.client.cache.Outgoing;
import holdfast.client.cache.WorkingCopy;
import holdfast.client.files.ReplicaGroup.Outcome;
import holdfast.client.files.Storing.Delivery;
import holdfast.client.session.HeldLock;
import holdfast.client.session.WriterLock;
import holdfast.model.chunk.Contents;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.wire.proto.Attributes;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** A file open for writing: a working copy of its own, and the file's lock. */
final class OpenForWriting implements OpenFile {
    private static final Logger LOG = LoggerFactory.getLogger(OpenForWriting.class);

    private volatile CellPath path;
    private final WorkingCopy copy;
    private final boolean fromCache;
    private volatile WriterLock lock;
    private final Storing storing;
    private final ContentsIndex index;
    private final Times times;
    private final OpenWriters writers;
    private final ReentrantLock storingLock = new ReentrantLock();
    private final boolean append;
    private volatile Base base;
    private volatile Cell.Changes pending = Cell.Changes.NONE;
    private Borrowed borrowed = Borrowed.NONE; // since the last store
    private boolean unnamed;
    private boolean closed;

    /** The version that the working copy is a change of. */
    record Base(Attributes attributes, Contents contents) {}

    OpenForWriting(
            CellPath path,
            Base base,
            WorkingCopy copy,
            boolean fromCache,
            WriterLock lock,
            Storing storing,
            ContentsIndex index,
            Times times,
            boolean append,
            OpenWriters writers) {
        this.path = path;
        this.base = base;
        this.copy = copy;
        this.fromCache = fromCache;
        this.lock = lock;
        this.storing = storing;
        this.index = index;
        this.times = times;
        this.writers = writers;
        this.append = append;
    }

    @Override
    public Path path() {
        return copy.path();
    }

    @Override
    public FileChannel channel() {
        return copy.channel(append);
    }

    @Override
    public void await(long offset, long length) {}

    @Override
    public OptionalLong nextData(long position) throws CellException {
        return Edge.call(path, () -> copy.nextData(position));
    }

    @Override
    public long nextHole(long position) throws CellException {
        return Edge.call(path, () -> copy.nextHole(position));
    }

    @Override
    public void extend(long size) throws CellException {
        Edge.run(path, () -> copy.extend(append, size));
    }

    @Override
    public void zero(long position, long length) throws CellException {
        Edge.run(path, () -> copy.zero(append, position, length));
    }

    @Override
    public long copyFrom(OpenFile from, long fromPosition, long position, long length)
            throws CellException {
        return Edge.call(path, () -> switch (from) {
            case OpenForReading reader -> {
                lent(reader.lends());
                yield copy.copyFrom(append, reader.path(), fromPosition, position, length);
            }
            case OpenForWriting writer -> {
                lent(writer.lends());
                yield copy.copyFrom(append, writer.copy, fromPosition, position, length);
            }
            default -> throw new IllegalArgumentException("not of this cell: " + from);
        });
    }

    private Borrowed lends() {
        Base from = base;
        return Borrowed.of(from.attributes(), Optional.of(from.contents()));
    }

    private void lent(Borrowed more) {
        storingLock.lock();
        try {
            borrowed = borrowed.and(more);
        } finally {
            storingLock.unlock();
        }
    }

    @Override
    public Stat stat() {
        return Stats.of(base.attributes()).with(pending);
    }

    @Override
    public void change(Cell.Changes changes) throws CellException {
        Edge.run(path, () -> {
            storingLock.lock();
            try {
                checkOpen();
                pending = pending.then(changes);
            } finally {
                storingLock.unlock();
            }
        });
    }

    @Override
    public Cell.Changes pending() {
        return pending;
    }

    @Override
    public boolean changed() throws CellException {
        return Edge.call(path, () -> isChanged());
    }

    private boolean isChanged() {
        return !pending.equals(Cell.Changes.NONE) || copy.changed();
    }

    @Override
    public boolean fromCache() {
        return fromCache;
    }

    @Override
    public Stat store() throws CellException {
        return Edge.call(path, () -> {
            storingLock.lock();
            try {
                checkOpen();
                if (!unnamed) {
                    storeChange();
                }
                return stat();
            } finally {
                storingLock.unlock();
            }
        });
    }

    private void checkOpen() {
        if (closed) {
            throw FailureException.of(FailureCode.INVALID, "the file is closed");
        }
    }

    private void storeChange() {
        if (copy.changed()) {
            try (Outgoing sent = copy.cut(times.moving(copy.size()))) {
                store(sent);
                copy.stored(sent, base.attributes().getDataVersion());
            }
        } else {
            changeAttributes();
        }
    }

    /** Nothing was written: no new version. */
    private void changeAttributes() {
        Cell.Changes changes = pending;
        if (!changes.equals(Cell.Changes.NONE)) {
            Outcome outcome = storing.change(lock.file(), changes, times);
            base = new Base(outcome.answer().getFile(), base.contents());
            pending = Cell.Changes.NONE;
        }
    }

    /** Has no name yet; closing gives it up until it {@link #become becomes} a file of the cell. */
    OpenForWriting withoutName() {
        unnamed = true;
        return this;
    }

    /**
     * It is made by {@code making}, which stores what was written so far, and goes on under
     * {@code held}.
     */
    Stat become(CellPath name, HeldLock held, Function<Delivery, Outcome> making) {
        storingLock.lock();
        try {
            checkOpen();
            if (!unnamed) {
                throw FailureException.of(FailureCode.INVALID, "it has a name already");
            }
            try (Outgoing sent = copy.cut(times.moving(copy.size()))) {
                Cell.Changes set = pending;
                stored(sent, making.apply(Delivery.of(sent, set).borrowing(borrowed)));
                unnamed = false;
                path = name;
                lock = held;
                pending = set.withoutModified();
                copy.renamed(name);
                copy.stored(sent, base.attributes().getDataVersion());
            }
            changeAttributes();
            return stat();
        } finally {
            storingLock.unlock();
        }
    }

    private void store(Outgoing sent) {
        lock.check();
        Base from = base;
        long version = from.attributes().getDataVersion();
        Delivery delivery = Delivery.of(sent, pending).borrowing(borrowed);
        Outcome outcome = storing.store(lock, version, from.contents(), delivery, times);
        stored(sent, outcome);
    }

    private void stored(Outgoing sent, Outcome outcome) {
        pending = Cell.Changes.NONE;
        borrowed = Borrowed.NONE;
        Attributes now = outcome.answer().getFile();
        index.remember(outcome.vnode(), now.getDataVersion(), sent.contents());
        base = new Base(now, sent.contents());
    }

    @Override
    public void close() throws CellException {
        Edge.call(path, () -> {
            storingLock.lock();
            try {
                if (!closed) {
                    closed = true;
                    storeAndEnd();
                }
                return path;
            } finally {
                storingLock.unlock();
            }
        });
    }

    private void storeAndEnd() {
        try {
            if (unnamed) {
                copy.discard();
            } else if (copy.changed()) {
                storeAndFinish();
            } else {
                changeAttributes();
                copy.discard();
            }
        } catch (FailureException e) {
            throw kept(e);
        } finally {
            end();
        }
    }

    private void storeAndFinish() {
        try (Outgoing sent = copy.cut(times.moving(copy.size()))) {
            store(sent);
            finish(sent);
        }
    }

    /** It is stored; that the cache can't take it in is no failure of the close. */
    private void finish(Outgoing sent) {
        try {
            copy.finish(sent, base.attributes().getDataVersion());
        } catch (FailureException e) {
            if (e.code() == FailureCode.BUSY) {
                throw e;
            }
            LOG.warn("{} is stored, but not cached: {}", path, e.getMessage());
            copy.discard();
        }
    }

    private FailureException kept(FailureException e) {
        Failure f = e.failure();
        copy.keep(f.toString());
        Failure told = new Failure(
                f.code(),
                f.message() + "; what was written is kept as " + copy.id() + " (holdfast recover)",
                f.path(),
                f.server(),
                f.holder(),
                f.detail());
        return new FailureException(told.at(path.toString()), e);
    }

    private void end() {
        lock.release();
        writers.remove(this);
    }

    @Override
    public CellException keep(CellException why) {
        storingLock.lock();
        try {
            if (closed || !isChanged()) {
                discard();
                return why;
            }
            closed = true;
            return new CellException(keptAtEnd(withoutPath(why.failure())));
        } finally {
            storingLock.unlock();
        }
    }

    private static FailureException withoutPath(Failure f) {
        return new FailureException(new Failure(
                f.code(), f.message(), Optional.empty(), f.server(), f.holder(), f.detail()));
    }

    private FailureException keptAtEnd(FailureException why) {
        try {
            return kept(why);
        } catch (FailureException e) {
            return e; // not even that was possible
        } finally {
            end();
        }
    }

    @Override
    public void discard() {
        storingLock.lock();
        try {
            if (!closed) {
                closed = true;
                copy.discard();
                end();
            }
        } finally {
            storingLock.unlock();
        }
    }

    /** Its lock, with one more user. */
    HeldLock retainLock() {
        return lock.retain();
    }

    /** The connection ends: what was written is kept, not stored. */
    void abandon(String why) {
        storingLock.lock();
        try {
            if (!closed) {
                closed = true;
                if (copy.changed() && !unnamed) {
                    copy.keep(why);
                } else {
                    copy.discard();
                }
                end();
            }
        } finally {
            storingLock.unlock();
        }
    }
}
