package holdfast.client.files;

import holdfast.client.session.Environment;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Watches what a path leads to, from promises: a break anywhere in its group makes it look again,
 * which costs a message only when something on the path was touched, and takes the promise anew.
 * Two changes in quick succession may be told as one.
 */
final class PathWatch implements Cell.Watch {
    private static final Logger LOG = LoggerFactory.getLogger(PathWatch.class);
    private static final Duration LOOK_LIMIT = Duration.ofSeconds(10);
    private static final Duration UNASSURED = Duration.ofMillis(200);
    private static final Duration ASSURED = Duration.ofSeconds(60);

    /** What was seen; empty when nothing is there. */
    private record Seen(Optional<Attributes> there) {}

    private final Environment environment;
    private final Resolver resolver;
    private final CellPath path;
    private final Consumer<Cell.Change> listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition signal = lock.newCondition();
    private Runnable unlisten = () -> {};
    private Seen last = new Seen(Optional.empty());
    private boolean signalled;
    private boolean closed;
    private boolean assured;

    PathWatch(
            Environment environment,
            Resolver resolver,
            CellPath path,
            Consumer<Cell.Change> listener) {
        this.environment = environment;
        this.resolver = resolver;
        this.path = path;
        this.listener = listener;
    }

    /** Looks for the first time, and begins. */
    PathWatch start(Deadline deadline) {
        Resolved first = resolver.resolve(Spot.at(path), Lookup.stat(true), deadline);
        unlisten = switch (first) {
            case Resolved.Found found -> listen(found.group());
            case Resolved.Absent absent -> listen(absent.group());
            case Resolved.AboveMounts above -> () -> {};
        };
        last = seen(resolver.resolve(Spot.at(path), Lookup.stat(true), deadline));
        environment.start("holdfast-watch", this::run);
        return this;
    }

    private Runnable listen(ReplicaGroup group) {
        return group.vnodes().watch(new VnodeCache.Watcher() {
            @Override
            public void broken(FileId file) {
                signal();
            }

            @Override
            public void changedHere(FileId file) {
                signal();
            }

            @Override
            public void voided() {
                signal();
            }
        });
    }

    private void signal() {
        lock.lock();
        try {
            signalled = true;
            signal.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (await()) {
            try {
                look();
            } catch (FailureException e) {
                assured = false;
                LOG.debug("watching {}: {}", path, e.getMessage());
            }
        }
    }

    private boolean await() {
        Deadline next = environment.in(assured ? ASSURED : UNASSURED);
        lock.lock();
        try {
            while (!signalled && !closed && !next.passed()) {
                signal.awaitNanos(next.leftNanos());
            }
            signalled = false;
            return !closed;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        Resolved now = lookup();
        Seen seen = seen(now);
        assured = isAssured(now);
        Seen before = last;
        last = seen;
        change(before, seen).ifPresent(this::tell);
    }

    private Resolved lookup() {
        try {
            return resolver.resolve(Spot.at(path), Lookup.stat(true), environment.in(LOOK_LIMIT));
        } catch (FailureException e) {
            return switch (e.code()) {
                case NOT_FOUND, NOT_A_DIRECTORY -> new Resolved.AboveMounts(path);
                default -> throw e;
            };
        }
    }

    private static Seen seen(Resolved now) {
        return switch (now) {
            case Resolved.Found found -> new Seen(Optional.of(found.attributes()));
            case Resolved.Absent absent -> new Seen(Optional.empty());
            case Resolved.AboveMounts above -> new Seen(Optional.empty());
        };
    }

    private static boolean isAssured(Resolved now) {
        return switch (now) {
            case Resolved.Found found -> isAssured(found);
            case Resolved.Absent absent ->
                holds(absent.group(), absent.parent().entries().promised());
            case Resolved.AboveMounts above -> false;
        };
    }

    private static boolean isAssured(Resolved.Found found) {
        CachedVnode vnode = found.vnode();
        return holds(found.group(), vnode.state().promised())
                && (!vnode.isFolder() || holds(found.group(), vnode.entries().promised()));
    }

    private static boolean holds(ReplicaGroup group, long promised) {
        return promised != 0 && group.vnodes().holds(promised);
    }

    private static Optional<Cell.Change.Kind> change(Seen before, Seen now) {
        if (now.there().isEmpty()) {
            return before.there().map(gone -> Cell.Change.Kind.REMOVED);
        }
        Attributes present = now.there().get();
        if (before.there().isEmpty()) {
            return Optional.of(appeared(present));
        }
        return change(before.there().get(), present);
    }

    private static Cell.Change.Kind appeared(Attributes now) {
        return now.getType() == FileType.FOLDER
                ? Cell.Change.Kind.ENTRIES
                : Cell.Change.Kind.CONTENTS;
    }

    private static Optional<Cell.Change.Kind> change(Attributes before, Attributes now) {
        boolean same = new FileId(before.getFile()).equals(new FileId(now.getFile()));
        if (!same) {
            return Optional.of(appeared(now));
        }
        if (before.getChangeNumber() == now.getChangeNumber()) {
            return Optional.empty();
        }
        boolean contents = now.getType() == FileType.FOLDER
                ? !before.getModified().equals(now.getModified())
                : before.getDataVersion() != now.getDataVersion();
        return Optional.of(contents ? appeared(now) : Cell.Change.Kind.ATTRIBUTES);
    }

    private void tell(Cell.Change.Kind kind) {
        listener.accept(new Cell.Change(path, kind, environment.wallClock().instant()));
    }

    @Override
    public void close() {
        unlisten.run();
        lock.lock();
        try {
            closed = true;
            signal.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
