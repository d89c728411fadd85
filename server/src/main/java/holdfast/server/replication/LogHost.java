package holdfast.server.replication;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The consensus engine of this process: one server that hosts any number of groups, each with its
 * state machine. A group's first member founds it alone; a folder that holds a group already goes
 * on with it.
 */
public final class LogHost implements AutoCloseable {
    private static final String MEMBER_FILE = "member";
    private static final String LOGS = "logs";

    private final RaftPeer peer;
    private final RaftServer server;
    private final Map<UUID, Group> groups;

    private LogHost(RaftPeer peer, RaftServer server, Map<UUID, Group> groups) {
        this.peer = peer;
        this.server = server;
        this.groups = groups;
    }

    /** A state machine with its place in the engine. */
    private record Group(UUID id, Hosted hosted) {}

    /**
     * Starts the engine in {@code folder} with these groups; each is recovered from the folder or
     * founded.
     *
     * @param machines the state machine of each group
     */
    public static LogHost start(Path folder, Map<UUID, StateMachine> machines, Deadline ready) {
        try {
            Files.createDirectories(folder);
            RaftPeer peer = RaftPeer.newBuilder()
                    .setId(RaftPeerId.valueOf(memberId(folder)))
                    .setAddress("127.0.0.1:0")
                    .build();
            Map<UUID, Group> groups = new ConcurrentHashMap<>();
            machines.forEach((id, machine) -> groups.put(id, new Group(id, new Hosted(machine))));
            RaftServer server = RaftServer.newBuilder()
                    .setServerId(peer.getId())
                    .setProperties(EngineSettings.of(folder.resolve(LOGS)))
                    .setStateMachineRegistry(id -> hosted(groups, id))
                    .setOption(RaftStorage.StartupOption.RECOVER)
                    .build();
            LogHost host = new LogHost(peer, server, groups);
            host.begin(ready);
            return host;
        } catch (IOException e) {
            throw new UncheckedIOException("the log in " + folder + " can't be started", e);
        }
    }

    private static Hosted hosted(Map<UUID, Group> groups, RaftGroupId id) {
        Group group = groups.get(id.getUuid());
        if (group == null) {
            throw new IllegalStateException(
                    "a log of group " + id.getUuid() + ", which nobody asked for");
        }
        return group.hosted;
    }

    /**
     * The random name of this folder's member: a copied or emptied folder is another member (rule
     * 6c).
     */
    private static String memberId(Path folder) throws IOException {
        Path file = folder.resolve(MEMBER_FILE);
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        String id = UUID.randomUUID().toString();
        Path temporary = folder.resolve(MEMBER_FILE + ".new");
        Files.writeString(temporary, id);
        DurableFiles.sync(temporary);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.sync(folder);
        return id;
    }

    private void begin(Deadline ready) throws IOException {
        server.start();
        for (Group group : groups.values()) {
            RaftGroupId id = RaftGroupId.valueOf(group.id);
            boolean known = false;
            for (RaftGroupId present : server.getGroupIds()) {
                known |= present.equals(id);
            }
            if (!known) {
                found(id);
            }
        }
        for (Group group : groups.values()) {
            group.hosted.awaitLeadership(ready);
        }
    }

    private void found(RaftGroupId id) throws IOException {
        RaftClientReply reply = server.groupManagement(GroupManagementRequest.newAdd(
                ClientId.randomId(), peer.getId(), 1, RaftGroup.valueOf(id, List.of(peer)), true));
        if (!reply.isSuccess()) {
            throw new IOException(
                    "group " + id.getUuid() + " can't be founded", reply.getException());
        }
    }

    /** The log of {@code group}, which was given at the start. */
    public ReplicatedLog log(UUID group) {
        Group found = groups.get(group);
        if (found == null) {
            throw FailureException.of(FailureCode.INTERNAL, "no group " + group + " here");
        }
        return new LocalLog(server, RaftGroupId.valueOf(group), found.hosted);
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the log can't be closed", e);
        }
    }
}
