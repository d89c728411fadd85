package holdfast.server.replication;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

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
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
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
     * @param listen the address for other members; without one it opens no port and its groups have
     *     one member
     * @param electionTimeoutMin a follower that heard nothing for so long, or up to the maximum,
     *     stands for election
     * @param checkpointEntriesMax a checkpoint is made after so many log entries,
     * @param checkpointBytesMax or so many bytes of commands, whichever comes first
     * @param stopped told, on a thread of Ratis, when a group's log has stopped for good: NO_SPACE
     *     or LOCAL_IO when its disk failed, INTERNAL when its state machine did. The process should
     *     end; nothing more is answered
     */
    public record Settings(
            Path folder,
            Optional<InetSocketAddress> listen,
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
                    Duration.ofMillis(100),
                    Duration.ofMillis(150),
                    100_000,
                    256L << 20,
                    (group, cause) -> {});
        }

        /** The same, reached by other members at {@code address}; port 0 is any free one. */
        public Settings listening(InetSocketAddress address) {
            return new Settings(
                    folder,
                    Optional.of(address),
                    Duration.ofMillis(600),
                    Duration.ofMillis(1000),
                    checkpointEntriesMax,
                    checkpointBytesMax,
                    stopped);
        }

        /** The same, making a checkpoint after so many entries or bytes. */
        public Settings checkpointAfter(long entries, long bytes) {
            return new Settings(
                    folder,
                    listen,
                    electionTimeoutMin,
                    electionTimeoutMax,
                    entries,
                    bytes,
                    stopped);
        }

        /** The same, telling {@code told} of a log that stopped. */
        public Settings whenStopped(BiConsumer<UUID, FailureException> told) {
            return new Settings(
                    folder,
                    listen,
                    electionTimeoutMin,
                    electionTimeoutMax,
                    checkpointEntriesMax,
                    checkpointBytesMax,
                    told);
        }
    }

    private final Settings settings;
    private final MemberFolder folder;
    private final RaftServer server;
    private final ClientId client = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();
    private final Map<RaftGroupId, HostedMachine> machines = new ConcurrentHashMap<>();

    private LogHost(Settings settings, MemberFolder folder) throws IOException {
        this.settings = settings;
        this.folder = folder;
        RaftProperties properties = RatisSettings.of(settings);
        this.server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(folder.memberId()))
                .setProperties(properties)
                .setStateMachineRegistry(this::machine)
                .setOption(StartupOption.RECOVER)
                .build();
        // Only now, so that the groups found there are not opened before they have their machines.
        RatisSettings.storeIn(properties, folder.groups());
    }

    /**
     * Starts a member; its groups are opened one by one.
     *
     * <p>Failures: MISCONFIGURED (a folder that is in use or can't be written, an address that
     * can't be listened to).
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
     * here is made with this member alone in it. Returns when the log is replayed and this member
     * leads.
     *
     * <p>Failures: TIMED_OUT, DAMAGED (the log or the state can't be used, with the reason).
     */
    public ReplicatedLog open(UUID group, StateMachine machine, Deadline ready) {
        RaftGroupId id = RaftGroupId.valueOf(group);
        HostedMachine hosted =
                new HostedMachine(machine, settings.checkpointBytesMax(), t -> stopped(id, t));
        if (machines.putIfAbsent(id, hosted) != null) {
            throw new IllegalStateException("group " + group + " is open already");
        }
        try {
            add(id, ready);
            GroupLog log =
                    new GroupLog(server.getDivision(id), hosted, client, calls, () -> close(id));
            hosted.awaitLeadership(ready);
            return log;
        } catch (IOException | FailureException e) {
            close(id);
            throw e instanceof FailureException failure ? failure : unusable(group, hosted, e);
        }
    }

    private void add(RaftGroupId id, Deadline ready) throws IOException {
        RaftPeer self = RaftPeer.newBuilder()
                .setId(server.getId())
                .setAddress(server.getServerRpc().getInetSocketAddress())
                .build();
        GroupManagementRequest request = GroupManagementRequest.newAdd(
                client,
                server.getId(),
                calls.incrementAndGet(),
                RaftGroup.valueOf(id, self),
                false);
        RaftClientReply reply = await(server.groupManagementAsync(request), ready);
        if (!reply.isSuccess()) {
            throw new IOException("group " + id + " was refused", reply.getException());
        }
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

    private static FailureException unusable(UUID group, HostedMachine hosted, Exception seen) {
        Throwable cause = hosted.failure().orElse(seen);
        return new FailureException(
                Failure.of(
                        Reasons.codeOf(cause, FailureCode.DAMAGED),
                        "replica group " + group + " can't be opened: " + Reasons.rootOf(cause)),
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
        FailureCode code = Reasons.codeOf(
                cause, Reasons.ofDisk(cause) ? FailureCode.LOCAL_IO : FailureCode.INTERNAL);
        String message = "the log in " + settings.folder() + " has stopped: "
                + Reasons.rootOf(cause)
                + (code == FailureCode.NO_SPACE ? "; make room, then start the server again" : "");
        if (code == FailureCode.INTERNAL) {
            LOG.error("replica group {} stopped", id.getUuid(), cause);
        }
        settings.stopped()
                .accept(id.getUuid(), new FailureException(Failure.of(code, message), cause));
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

    /** The address for other members, with its real port; empty for a member without others. */
    public Optional<InetSocketAddress> address() {
        return settings.listen().map(wanted -> server.getServerRpc().getInetSocketAddress());
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
