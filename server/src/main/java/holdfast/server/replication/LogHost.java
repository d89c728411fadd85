package holdfast.server.replication;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.Transport;

import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * The member of replica groups that lives in this process: one Ratis server, one folder, any number
 * of groups. Each group's state machine is handed over by {@link #open}.
 *
 * <p>The folder belongs to one process at a time. The member's id is made once, for the folder, and
 * never used again (rule 6c).
 */
public final class LogHost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogHost.class);

    /** The most bytes of one command. */
    public static final int COMMAND_BYTES_MAX = RatisSettings.ENTRY_BYTES_MAX - 16 * 1024;

    /**
     * How a member runs.
     *
     * @param folder where its logs and checkpoints lie
     * @param reach how other members reach it, and it them; without, its groups have one member
     * @param electionTimeoutMin a follower that heard nothing for so long, or up to the maximum,
     *     stands for election
     * @param checkpointEntriesMax a checkpoint is made after so many log entries,
     * @param checkpointBytesMax or so many bytes of commands, whichever comes first
     * @param stopped told, on a thread of Ratis, when a group's log has stopped for good: NO_SPACE
     *     or LOCAL_IO when its disk failed, INTERNAL when its state machine did, MISCONFIGURED when
     *     this member was removed. The process should end; nothing more is answered
     */
    public record Settings(
            Path folder,
            Optional<Reach> reach,
            Duration electionTimeoutMin,
            Duration electionTimeoutMax,
            long checkpointEntriesMax,
            long checkpointBytesMax,
            BiConsumer<UUID, FailureException> stopped) {

        /** Checks the values. */
        public Settings {
            if (electionTimeoutMin.toMillis() < 1
                    || electionTimeoutMax.compareTo(electionTimeoutMin) <= 0) {
                throw new IllegalArgumentException(
                        "election timeouts " + electionTimeoutMin + " to " + electionTimeoutMax);
            }
            if (checkpointEntriesMax < 1 || checkpointBytesMax < 1) {
                throw new IllegalArgumentException("checkpoint after " + checkpointEntriesMax
                        + " entries or " + checkpointBytesMax + " bytes");
            }
        }

        /** A member without others, which opens no port. */
        public static Settings alone(Path folder) {
            return new Settings(
                    folder,
                    Optional.empty(),
                    Duration.ofMillis(600),
                    Duration.ofMillis(1000),
                    100_000,
                    256L << 20,
                    (group, cause) -> {});
        }

        /** The same with other members. */
        public Settings with(Reach others) {
            return new Settings(
                    folder,
                    Optional.of(others),
                    electionTimeoutMin,
                    electionTimeoutMax,
                    checkpointEntriesMax,
                    checkpointBytesMax,
                    stopped);
        }

        /** The same, making a checkpoint after so many entries or bytes. */
        public Settings checkpointAfter(long entries, long bytes) {
            return new Settings(
                    folder, reach, electionTimeoutMin, electionTimeoutMax, entries, bytes, stopped);
        }

        /** The same, telling {@code told} of a log that stopped. */
        public Settings whenStopped(BiConsumer<UUID, FailureException> told) {
            return new Settings(
                    folder,
                    reach,
                    electionTimeoutMin,
                    electionTimeoutMax,
                    checkpointEntriesMax,
                    checkpointBytesMax,
                    told);
        }
    }

    /**
     * How members reach each other.
     *
     * @param address where {@link #service} is served
     * @param transport for calling the others; not closed by this host
     */
    public record Reach(Address address, Transport transport) {}

    private final Settings settings;
    private final MemberFolder folder;
    private final RaftServer server;
    private final ClientId client = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();
    private final Map<RaftGroupId, HostedMachine> machines = new ConcurrentHashMap<>();

    private LogHost(Settings settings, MemberFolder folder) throws IOException {
        this.settings = settings;
        this.folder = folder;
        RaftProperties properties = RatisSettings.of(settings, folder.hasOthers());
        this.server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(folder.memberId()))
                .setProperties(properties)
                .setParameters(MemberRpc.Type.parameters(settings))
                .setStateMachineRegistry(this::machine)
                .setOption(StartupOption.RECOVER)
                .build();
        // Only now, so that the groups found there are not opened before they have their machines.
        RatisSettings.storeIn(properties, folder.groups());
    }

    /**
     * Starts a member; its groups are opened one by one.
     *
     * <p>Failures: MISCONFIGURED (a folder that is in use or can't be written).
     */
    public static LogHost start(Settings settings) {
        MemberFolder folder = MemberFolder.take(settings.folder());
        try {
            LogHost host = new LogHost(settings, folder);
            host.server.start();
            return host;
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw new FailureException(
                    Failure.of(
                            FailureCode.MISCONFIGURED,
                            "the replica group member can't start: " + e.getMessage()),
                    e);
        }
    }

    /**
     * Opens a group with {@code machine} as this member's copy of its state. A group that is new
     * here is made with this member alone in it. While this member is alone, returns when the log
     * is replayed and it leads; else at once, and who leads comes out later.
     *
     * <p>Failures: TIMED_OUT, DAMAGED (the log or the state can't be used, with the reason).
     */
    public ReplicatedLog open(UUID group, StateMachine machine, Deadline ready) {
        return open(RaftGroup.valueOf(RaftGroupId.valueOf(group), self()), machine, ready);
    }

    /**
     * Opens a group that was founded by others. A group that is new here has no members as yet,
     * until they take this one in: see {@link Membership#add}.
     */
    public ReplicatedLog join(UUID group, StateMachine machine, Deadline ready) {
        return open(RaftGroup.valueOf(RaftGroupId.valueOf(group)), machine, ready);
    }

    private ReplicatedLog open(RaftGroup group, StateMachine machine, Deadline ready) {
        RaftGroupId id = group.getGroupId();
        HostedMachine hosted = new HostedMachine(
                machine,
                settings.checkpointBytesMax(),
                t -> stopped(id, t),
                members -> folder.noteOthers(members > 1));
        if (machines.putIfAbsent(id, hosted) != null) {
            throw new IllegalStateException("group " + id.getUuid() + " is open already");
        }
        try {
            add(group, ready);
            RaftServer.Division division = server.getDivision(id);
            GroupLog log = new GroupLog(
                    division,
                    hosted,
                    client,
                    calls,
                    membership(id.getUuid())::otherLeader,
                    () -> ((MemberRpc) server.getServerRpc()).heard(id),
                    () -> close(id));
            if (isAlone(division)) {
                hosted.awaitLeadership(ready);
            }
            return log;
        } catch (IOException | FailureException e) {
            close(id);
            throw e instanceof FailureException failure ? failure : unusable(id, hosted, e);
        }
    }

    private boolean isAlone(RaftServer.Division division) {
        Collection<RaftPeer> members = division.getRaftConf().getAllPeers();
        return members.size() == 1 && members.iterator().next().getId().equals(server.getId());
    }

    private RaftPeer self() {
        return RaftPeer.newBuilder()
                .setId(server.getId())
                .setAddress(server.getServerRpc().getInetSocketAddress())
                .build();
    }

    private void add(RaftGroup group, Deadline ready) throws IOException {
        GroupManagementRequest request = GroupManagementRequest.newAdd(
                client, server.getId(), calls.incrementAndGet(), group, false);
        RaftClientReply reply = await(server.groupManagementAsync(request), ready);
        if (!reply.isSuccess()) {
            throw new IOException("group " + group + " was refused", reply.getException());
        }
    }

    /** Who the members of a group are that is open here. */
    public Membership membership(UUID group) {
        RaftGroupId id = RaftGroupId.valueOf(group);
        return new Membership(server, id, () -> folder.noteOthers(true), client, calls);
    }

    /** What other members call; to be served at the address that was given. */
    public Service service() {
        return ((MemberRpc) server.getServerRpc()).service();
    }

    private static <T> T await(CompletableFuture<T> future, Deadline deadline) throws IOException {
        try {
            return future.get(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw FailureException.of(
                    FailureCode.TIMED_OUT, "opening a replica group did not end in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(
                    FailureCode.CANCELLED, "opening a replica group was cancelled");
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private static FailureException unusable(RaftGroupId id, HostedMachine hosted, Exception seen) {
        Throwable cause = hosted.failure().orElse(seen);
        return new FailureException(
                Failure.of(
                        Reasons.codeOf(cause, FailureCode.DAMAGED),
                        "replica group " + id.getUuid() + " can't be opened: "
                                + Reasons.rootOf(cause)),
                seen);
    }

    private HostedMachine machine(RaftGroupId id) {
        HostedMachine machine = machines.get(id);
        if (machine == null) {
            throw new IllegalStateException("no state machine for group " + id);
        }
        return machine;
    }

    private void stopped(RaftGroupId id, Throwable cause) {
        settings.stopped()
                .accept(
                        id.getUuid(),
                        cause instanceof FailureException told ? told : broken(id, cause));
    }

    private FailureException broken(RaftGroupId id, Throwable cause) {
        FailureCode code = Reasons.codeOf(
                cause, Reasons.ofDisk(cause) ? FailureCode.LOCAL_IO : FailureCode.INTERNAL);
        String message = "the log in " + settings.folder() + " has stopped: "
                + Reasons.rootOf(cause)
                + (code == FailureCode.NO_SPACE ? "; make room, then start the server again" : "");
        if (code == FailureCode.INTERNAL) {
            LOG.error("replica group {} stopped", id.getUuid(), cause);
        }
        return new FailureException(Failure.of(code, message), cause);
    }

    private void close(RaftGroupId id) {
        HostedMachine machine = machines.remove(id);
        if (machine == null) {
            return;
        }
        machine.closing();
        GroupManagementRequest request = GroupManagementRequest.newRemove(
                client, server.getId(), calls.incrementAndGet(), id, false, false);
        try {
            server.groupManagementAsync(request).get(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("replica group {} did not close: {}", id.getUuid(), Reasons.rootOf(e));
        }
        machine.closed();
    }

    /** This member's id, for ever that of its folder. */
    public String memberId() {
        return folder.memberId();
    }

    /** Closes all groups, at the same time, and gives the folder back. */
    @Override
    public void close() {
        machines.values().forEach(HostedMachine::closing);
        try {
            server.close();
        } catch (IOException e) {
            LOG.warn("the replica group member did not close cleanly: {}", Reasons.rootOf(e));
        }
        machines.values().forEach(HostedMachine::closed);
        machines.clear();
        folder.close();
    }
}
