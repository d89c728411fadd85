package holdfast.client.files;

import holdfast.client.session.CellMapCache;
import holdfast.client.session.GroupConnection;
import holdfast.client.session.Session;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Statfs;
import holdfast.wire.proto.StatfsReply;
import holdfast.wire.proto.Volume;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * The replica groups of the cell, connected to as they are needed, and which holds which volume.
 */
final class ReplicaGroups implements AutoCloseable {
    /** How long a group may take to learn that a volume is its own. */
    private static final Duration LEARNING = Duration.ofSeconds(15);

    private final Session session;
    private final boolean promises;
    private final int vnodesMax;
    private final ConcurrentHashMap<String, ReplicaGroup> groups = new ConcurrentHashMap<>();
    private final List<VnodeCache.Watcher> watchers = new CopyOnWriteArrayList<>();

    ReplicaGroups(Session session, boolean promises, int vnodesMax) {
        this.session = session;
        this.promises = promises;
        this.vnodesMax = vnodesMax;
    }

    CellMapCache map() {
        return session.map();
    }

    /** The group with this id. */
    ReplicaGroup group(String id) {
        ReplicaGroup known = groups.get(id);
        return known != null ? known : groups.computeIfAbsent(id, this::connect);
    }

    private ReplicaGroup connect(String id) {
        VnodeCache vnodes = new VnodeCache(vnodesMax);
        GroupConnection connection = session.group(id, vnodes);
        ReplicaGroup group = new ReplicaGroup(connection, vnodes, promises);
        BulkCheck check = new BulkCheck(session.environment(), group);
        vnodes.restsOn(connection.lease(), check::begin);
        watchers.forEach(vnodes::watch);
        return group;
    }

    /** Tells {@code watcher} of all groups; to be added before the first is connected to. */
    void watch(VnodeCache.Watcher watcher) {
        watchers.add(watcher);
        groups.values().forEach(group -> group.vnodes().watch(watcher));
    }

    /** The group that holds {@code volume}, as far as this client knows. */
    ReplicaGroup holding(int volume, Deadline deadline) {
        CellMapCache map = map();
        Optional<Volume> known = map.view(deadline).volume(volume);
        if (known.isEmpty()) {
            known = map.refresh(deadline).volume(volume);
        }
        return group(known.orElseThrow(() -> FailureException.of(
                        FailureCode.NO_VOLUME, "volume " + volume + " is not in the cell's map"))
                .getGroup());
    }

    /**
     * Runs {@code call} at the group that holds {@code file}; asks for the map again when that
     * group says that it does not (rule 10).
     */
    <T> T at(FileId file, Deadline deadline, Function<ReplicaGroup, T> call) {
        Deadline learning = deadline.atMost(LEARNING);
        while (true) {
            try {
                ReplicaGroup group = holding(file.volume(), deadline);
                group.connection().ready(deadline);
                return call.apply(group);
            } catch (FailureException e) {
                if (e.code() != FailureCode.NOT_MINE || learning.passed()) {
                    throw e;
                }
                session.pauseBeforeAskingAgain(learning);
                map().refresh(deadline);
            }
        }
    }

    /** The room in the volume that holds {@code file}. */
    Cell.Space space(FileId file, Deadline deadline) {
        Statfs request = Statfs.newBuilder().setVolume(file.volume()).build();
        StatfsReply said = at(
                file,
                deadline,
                group -> group.connection()
                        .ask(FileMethods.STATFS, request, deadline)
                        .message());
        return new Cell.Space(
                said.getCapacityBytes(),
                said.getFreeBytes(),
                said.getUsedBytes(),
                said.getFiles(),
                said.getQuotaBytes());
    }

    /** Those connected to so far. */
    List<ReplicaGroup> connected() {
        return new ArrayList<>(groups.values());
    }

    /** A failure about a path that lies in no volume. */
    static Failure noVolume(Object path) {
        return Failure.of(FailureCode.NO_VOLUME, "no file server serves this directory")
                .at(path.toString());
    }

    @Override
    public void close() {
        groups.values().forEach(group -> group.connection().close());
    }
}
