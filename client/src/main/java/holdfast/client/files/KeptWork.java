package holdfast.client.files;

import holdfast.client.cache.Cache;
import holdfast.client.cache.KeptCopy;
import holdfast.client.cache.Outgoing;
import holdfast.client.cache.WorkingCopy;
import holdfast.client.files.ReplicaGroup.Outcome;
import holdfast.client.files.Storing.Delivery;
import holdfast.client.session.HeldLock;
import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Contents;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Working copies whose store failed or whose outcome is unknown (rule 8). They are looked for by
 * the file's identity, so a file that was renamed meanwhile is stored under its new name, and one
 * that was removed is made again at its old path.
 */
final class KeptWork implements Cell.Recovery {
    /** The writer may have died just now, and the locking server too: two sessions' time. */
    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);

    private static final Duration LOOK_MAX = Duration.ofSeconds(5);
    private static final int MODE = 0644;

    private final Cache cache;
    private final ReplicaGroups groups;
    private final Namespace namespace;
    private final IdBlocks ids;
    private final Locking locking;
    private final Storing storing;
    private final Times times;

    KeptWork(
            Cache cache,
            ReplicaGroups groups,
            Namespace namespace,
            IdBlocks ids,
            Locking locking,
            Storing storing,
            Times times) {
        this.cache = cache;
        this.groups = groups;
        this.namespace = namespace;
        this.ids = ids;
        this.locking = locking;
        this.storing = storing;
        this.times = times;
    }

    @Override
    public List<Kept> list() throws CellException {
        Set<Integer> silent = new HashSet<>();
        return Edge.call(() ->
                cache.recovery().list().stream().map(copy -> kept(copy, silent)).toList());
    }

    private Kept kept(KeptCopy copy, Set<Integer> silent) {
        WorkingCopy.About about = copy.about();
        return new Kept(
                copy.id(),
                about.path(),
                about.file(),
                about.baseVersion(),
                copy.bytes(),
                copy.since(),
                copy.reason(),
                state(copy, silent));
    }

    /** Asks for no file of a volume whose server was silent before: a list should not take long. */
    private Kept.State state(KeptCopy copy, Set<Integer> silent) {
        int volume = copy.about().file().volume();
        if (silent.contains(volume)) {
            return Kept.State.UNKNOWN;
        }
        try {
            Optional<Server> there = server(copy.about().file(), times.call().atMost(LOOK_MAX));
            if (there.isEmpty()) {
                return Kept.State.CONFLICT;
            }
            if (there.get().version() == copy.about().baseVersion()) {
                return Kept.State.KEPT;
            }
            return there.get().id().equals(idOf(copy))
                    ? Kept.State.STORED_AFTER_ALL
                    : Kept.State.CONFLICT;
        } catch (FailureException e) {
            if (e.code() == FailureCode.UNAVAILABLE || e.code() == FailureCode.TIMED_OUT) {
                silent.add(volume);
            }
            return Kept.State.UNKNOWN;
        }
    }

    /** The name of what is kept, cut as it would be stored. */
    private ContentId idOf(KeptCopy kept) {
        WorkingCopy copy = cache.recovery().open(kept.id());
        try (Outgoing cut = copy.cut(times.moving(copy.size()))) {
            return cut.contents().id();
        } finally {
            copy.keep(kept.reason());
        }
    }

    /** What the server has now. */
    private record Server(Attributes attributes, Contents contents) {
        long version() {
            return attributes.getDataVersion();
        }

        ContentId id() {
            return contents.id();
        }
    }

    /** Empty when the file is gone. */
    private Optional<Server> server(FileId file) {
        return server(file, times.call());
    }

    private Optional<Server> server(FileId file, Deadline deadline) {
        Walk request =
                Walk.newBuilder().setStart(file.value()).setContents(true).build();
        WalkReply reply = groups.at(
                file,
                deadline,
                group -> group.connection()
                        .ask(FileMethods.WALK, request, deadline)
                        .message());
        if (reply.getStepsCount() == 0 || reply.getSteps(0).getAttributes().getLinks() == 0) {
            return Optional.empty();
        }
        Attributes attributes = reply.getSteps(0).getAttributes();
        return Optional.of(new Server(attributes, WireContents.decode(reply.getContents())));
    }

    @Override
    public Stat send(String id, boolean overwrite) throws CellException {
        return Edge.call(() -> sendKept(id, overwrite));
    }

    private Stat sendKept(String id, boolean overwrite) {
        WorkingCopy copy = cache.recovery().open(id);
        boolean stored = false;
        try {
            Stat stat = send(copy, overwrite);
            stored = true;
            return stat;
        } catch (FailureException e) {
            copy.keep(e.failure().toString());
            throw new FailureException(e.failure().at(copy.about().path().toString()), e);
        } finally {
            if (!stored) {
                copy.keep("sending it again did not end");
            }
        }
    }

    private Stat send(WorkingCopy copy, boolean overwrite) {
        Optional<Server> there = server(copy.about().file());
        try (Outgoing sent = copy.cut(times.moving(copy.size()))) {
            Attributes now =
                    there.isPresent() ? storeOver(copy, sent, overwrite) : makeAgain(copy, sent);
            copy.finish(sent, now.getDataVersion());
            return Stats.of(now);
        }
    }

    private Attributes storeOver(WorkingCopy copy, Outgoing sent, boolean overwrite) {
        WorkingCopy.About about = copy.about();
        HeldLock lock = locking.take(about.file(), about.path(), LOCK_WAIT, holder -> {}, times);
        try {
            storing.raiseFence(lock, times.call());
            Server now = server(about.file())
                    .orElseThrow(() -> stale("the file was removed meanwhile", about));
            if (now.id().equals(sent.contents().id())) {
                return now.attributes();
            }
            if (now.version() != about.baseVersion() && !overwrite) {
                throw stale("another version was stored meanwhile", about);
            }
            Outcome outcome = storing.store(
                    lock,
                    now.version(),
                    now.contents(),
                    Delivery.of(sent, Cell.Changes.NONE),
                    times);
            return outcome.answer().getFile();
        } finally {
            lock.release();
        }
    }

    private Attributes makeAgain(WorkingCopy copy, Outgoing sent) {
        CellPath path = copy.about().path();
        Namespace.Place place = namespace.place(Spot.at(path), times.call());
        FileId file = ids.next(place.parent().volume(), times.call());
        return storing.create(place, file, MODE, Delivery.of(sent, Cell.Changes.NONE), times)
                .answer()
                .getFile();
    }

    private static FailureException stale(String why, WorkingCopy.About about) {
        return Failure.of(FailureCode.STALE, why).at(about.path().toString()).exception();
    }

    @Override
    public void saveTo(String id, Path to) throws CellException {
        Edge.call(() -> {
            cache.recovery().saveTo(id, to);
            return to;
        });
    }

    @Override
    public void discard(String id) throws CellException {
        Edge.call(() -> {
            cache.recovery().discard(id);
            return id;
        });
    }
}
