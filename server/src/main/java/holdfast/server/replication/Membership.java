package holdfast.server.replication;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.transport.Address;

import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.LeaderElectionManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Who the members of one group are, and changes of that, by one member at a time. Only the leader
 * changes; all others answer NOT_LEADER. Safe for many threads.
 */
public final class Membership {
    /** A leader that waits for a new member's first answers gives up after so long. */
    private static final Duration STEP_MAX = Duration.ofSeconds(60);

    /** Whoever has not answered for so long is not handed leadership. */
    private static final Duration SILENT_MAX = Duration.ofSeconds(2);

    private final RaftServer server;
    private final RaftGroupId group;
    private final Runnable growing;
    private final ClientId client;
    private final AtomicLong calls;
    private volatile Departure departure = (leaving, rest, deadline) -> {};

    /** Makes sure that a member may leave. */
    @FunctionalInterface
    public interface Departure {
        /**
         * Called by the leader before {@code leaving} is removed; throws when it must stay as yet.
         */
        void prepare(String leaving, List<Member> rest, Deadline deadline);
    }

    Membership(
            RaftServer server,
            RaftGroupId group,
            Runnable growing,
            ClientId client,
            AtomicLong calls) {
        this.server = server;
        this.group = group;
        this.growing = growing;
        this.client = client;
        this.calls = calls;
    }

    /**
     * A member as another one sees it.
     *
     * @param address where it was reached last; empty when it never was
     * @param committed up to which entry it knows the log to be committed, -1 when that is not
     *     known here
     * @param silent how long it has not answered this leader; zero when this is no leader
     */
    public record Member(String id, String address, long committed, Duration silent) {}

    /**
     * What a member knows.
     *
     * @param self its own id
     * @param leader the leader's id, empty when it knows none
     * @param last the last entry of its log
     * @param applied the last entry in its state
     * @param checkpoint the last entry in its newest checkpoint, -1 without one
     * @param members all, this one included when it is one
     */
    public record View(
            String self,
            long term,
            String leader,
            long last,
            long committed,
            long applied,
            long checkpoint,
            List<Member> members) {
        /** Whether this member leads, as far as it knows. */
        public boolean leads() {
            return self.equals(leader);
        }

        /** Where the leader is; empty when that is not known. */
        public Optional<String> leaderAddress() {
            return members.stream()
                    .filter(member -> member.id().equals(leader))
                    .map(Member::address)
                    .filter(address -> !address.isEmpty())
                    .findFirst();
        }
    }

    /** Where the leader is, when it is another one that is known. */
    Optional<String> otherLeader() {
        return Optional.ofNullable(division().getInfo().getLeaderId())
                .filter(leader -> !leader.equals(server.getId()))
                .flatMap(rpc()::address)
                .map(Address::toString);
    }

    /**
     * What the group takes on this member's disk.
     *
     * @param logBytes of its log
     * @param checkpointMade when its newest checkpoint was made; empty without one
     */
    public record Footprint(long logBytes, Optional<Instant> checkpointMade) {}

    /** Looks at the files; UNAVAILABLE when they can't be read. */
    public Footprint footprint() {
        RaftServer.Division division = division();
        Path log = division.getRaftStorage().getStorageDir().getCurrentDir().toPath();
        @Nullable SnapshotInfo checkpoint = division.getStateMachine().getLatestSnapshot();
        try {
            return new Footprint(
                    Folders.bytesIn(log),
                    checkpoint == null ? Optional.empty() : made(checkpoint.getFiles()));
        } catch (IOException e) {
            throw new FailureException(
                    Failure.of(
                            FailureCode.UNAVAILABLE,
                            "the log's size is not known: " + e.getMessage()),
                    e);
        }
    }

    /** Files that did not change since the one before are older; it may be removed meanwhile. */
    private static Optional<Instant> made(List<FileInfo> files) {
        return files.stream()
                .map(file -> file.getPath().toFile().lastModified())
                .max(Comparator.naturalOrder())
                .filter(millis -> millis > 0)
                .map(Instant::ofEpochMilli);
    }

    /** Whether a change of members is in the log and not yet all over. */
    public boolean isChanging() {
        return !division().getRaftConf().getPreviousPeers().isEmpty();
    }

    /** Where the members are, as far as is known. */
    public List<String> addresses() {
        return division().getRaftConf().getAllPeers().stream()
                .flatMap(peer -> address(peer).stream())
                .map(Address::toString)
                .sorted()
                .toList();
    }

    /** How things stand, as this member knows it. */
    public View view() {
        RaftServer.Division division = division();
        DivisionInfo info = division.getInfo();
        @Nullable RaftPeerId leader = info.getLeaderId();
        @Nullable TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        @Nullable SnapshotInfo checkpoint = division.getStateMachine().getLatestSnapshot();
        long snapshot = checkpoint == null ? -1 : checkpoint.getIndex();
        return new View(
                server.getId().toString(),
                info.getCurrentTerm(),
                leader == null ? "" : leader.toString(),
                Math.max(last == null ? -1 : last.getIndex(), snapshot),
                division.getRaftLog().getLastCommittedIndex(),
                info.getLastAppliedIndex(),
                snapshot,
                members(division));
    }

    private List<Member> members(RaftServer.Division division) {
        List<ServerRpcProto> followers =
                division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList();
        List<Member> members = new ArrayList<>();
        for (RaftPeer peer : division.getRaftConf().getAllPeers()) {
            String id = peer.getId().toString();
            long committed = division.getCommitInfos().stream()
                    .filter(known -> known.getServer().getId().toStringUtf8().equals(id))
                    .mapToLong(CommitInfoProto::getCommitIndex)
                    .findFirst()
                    .orElse(-1);
            long silent = followers.stream()
                    .filter(known -> known.getId().getId().toStringUtf8().equals(id))
                    .mapToLong(ServerRpcProto::getLastRpcElapsedTimeMs)
                    .findFirst()
                    .orElse(0);
            members.add(new Member(
                    id,
                    address(peer).map(Address::toString).orElse(""),
                    committed,
                    Duration.ofMillis(silent)));
        }
        members.sort(Comparator.comparing(Member::address).thenComparing(Member::id));
        return members;
    }

    private Optional<Address> address(RaftPeer peer) {
        if (peer.getId().equals(server.getId())) {
            return rpc().self();
        }
        return rpc().address(peer.getId());
    }

    private MemberRpc rpc() {
        return (MemberRpc) server.getServerRpc();
    }

    /**
     * Takes in the member {@code id}, which waits at {@code at} with an empty folder (see
     * {@link LogHost#join}). Ends when it has nearly caught up and the others know it. Nothing
     * changes when it is a member already.
     *
     * <p>Failures: NOT_LEADER, MISCONFIGURED (this member has no address for others), UNAVAILABLE
     * (another change is under way, or the new member does not answer), INDETERMINATE.
     */
    public void add(String id, Address at, Deadline deadline) {
        checkId(id);
        if (rpc().self().isEmpty()) {
            throw FailureException.of(
                    FailureCode.MISCONFIGURED,
                    "this member has no address at which others could reach it");
        }
        List<RaftPeer> now = leading();
        if (now.stream().noneMatch(peer -> peer.getId().toString().equals(id))) {
            growing.run();
            List<RaftPeer> more = new ArrayList<>(addressed(now));
            more.add(RaftPeer.newBuilder().setId(id).setAddress(at.toString()).build());
            change(now, more, deadline);
        }
    }

    /**
     * Lets the member {@code id} go. A leader that is to go hands over first and answers
     * NOT_LEADER: the next leader is to be asked again. Nothing changes when it is no member.
     *
     * <p>Failures: NOT_LEADER, INVALID (the last member can't go), UNAVAILABLE, INDETERMINATE.
     */
    public void remove(String id, Deadline deadline) {
        List<RaftPeer> now = leading();
        List<RaftPeer> rest =
                now.stream().filter(peer -> !peer.getId().toString().equals(id)).toList();
        if (rest.isEmpty()) {
            throw FailureException.of(FailureCode.INVALID, "a group keeps its last member");
        }
        if (rest.size() == now.size()) {
            return;
        }
        if (id.equals(server.getId().toString())) {
            transfer(foremost(), deadline);
            throw FailureException.of(
                    FailureCode.NOT_LEADER, "this member has handed over, so that it can go");
        }
        departure.prepare(
                id,
                view().members().stream()
                        .filter(member -> !member.id().equals(id))
                        .toList(),
                deadline);
        change(now, addressed(rest), deadline);
    }

    /**
     * Has the member lead that knows most of those that answer; NOT_LEADER when this one does not
     * lead, UNAVAILABLE when none answers or it did not come to that.
     */
    public void handOver(Deadline deadline) {
        leading();
        String next = view().members().stream()
                .filter(member -> !member.id().equals(server.getId().toString()))
                .filter(member -> member.silent().compareTo(SILENT_MAX) < 0)
                .max(Comparator.comparingLong(Member::committed))
                .map(Member::id)
                .orElseThrow(() -> FailureException.of(
                        FailureCode.UNAVAILABLE, "no other member answers that could lead"));
        transfer(next, deadline);
    }

    /** Whether this member may ask for votes when the leader is away; it does from the start. */
    public void standForElection(boolean may) {
        LeaderElectionManagementRequest request = may
                ? LeaderElectionManagementRequest.newResume(
                        client, server.getId(), group, calls.incrementAndGet())
                : LeaderElectionManagementRequest.newPause(
                        client, server.getId(), group, calls.incrementAndGet());
        try {
            check(server.leaderElectionManagement(request));
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** Has {@code first} asked before a member is removed, as long as this server runs. */
    public void beforeRemoval(Departure first) {
        departure = first;
    }

    /** The other member that knows most. */
    private String foremost() {
        return view().members().stream()
                .filter(member -> !member.id().equals(server.getId().toString()))
                .max(Comparator.comparingLong(Member::committed))
                .orElseThrow()
                .id();
    }

    /** Has the member {@code id} lead; NOT_LEADER, UNAVAILABLE when it did not come to that. */
    public void transfer(String id, Deadline deadline) {
        checkId(id);
        leading();
        long millis = Math.max(1, deadline.atMost(STEP_MAX).leftMillis());
        TransferLeadershipRequest request = new TransferLeadershipRequest(
                client,
                server.getId(),
                group,
                calls.incrementAndGet(),
                RaftPeerId.valueOf(id),
                millis);
        try {
            check(await(server.transferLeadershipAsync(request), deadline));
        } catch (IOException e) {
            throw refused(e);
        }
    }

    private static void checkId(String id) {
        if (!MemberFolder.isId(id)) {
            throw FailureException.of(FailureCode.INVALID, "not a member's id");
        }
    }

    /** The members now, when this one leads. */
    private List<RaftPeer> leading() {
        RaftServer.Division division = division();
        if (!division.getInfo().isLeaderReady()) {
            Failure failure = Failure.of(
                    FailureCode.NOT_LEADER, "this member does not lead its replica group");
            throw otherLeader()
                    .map(at -> failure.with(new Failure.Leader(at)))
                    .orElse(failure)
                    .exception();
        }
        return List.copyOf(division.getRaftConf().getAllPeers());
    }

    /** With the addresses at which they are reached now. */
    private List<RaftPeer> addressed(List<RaftPeer> peers) {
        return peers.stream()
                .map(peer -> address(peer)
                        .map(at -> RaftPeer.newBuilder(peer)
                                .setAddress(at.toString())
                                .build())
                        .orElse(peer))
                .toList();
    }

    private void change(List<RaftPeer> from, List<RaftPeer> to, Deadline deadline) {
        SetConfigurationRequest request = new SetConfigurationRequest(
                client,
                server.getId(),
                group,
                calls.incrementAndGet(),
                SetConfigurationRequest.Arguments.newBuilder()
                        .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                        .setServersInCurrentConf(from)
                        .setServersInNewConf(to)
                        .build());
        try {
            check(await(server.setConfigurationAsync(request), deadline));
        } catch (IOException e) {
            throw refused(e);
        }
    }

    private static void check(RaftClientReply reply) throws IOException {
        if (!reply.isSuccess()) {
            throw new IOException(reply.getException());
        }
    }

    private static FailureException refused(IOException e) {
        FailureException told =
                Replies.failure(null, e.getCause() == null ? e : e.getCause(), false);
        return told.code() == FailureCode.INTERNAL
                ? new FailureException(
                        Failure.of(
                                FailureCode.UNAVAILABLE,
                                "the members could not be changed: " + Reasons.rootOf(e)),
                        e)
                : told;
    }

    private static <T> T await(CompletableFuture<T> future, Deadline deadline) throws IOException {
        try {
            return future.get(
                    Math.max(0, deadline.atMost(STEP_MAX).leftNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw FailureException.of(
                    FailureCode.INDETERMINATE, "the change of members did not end in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(
                    FailureCode.INDETERMINATE, "the change of members was interrupted");
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private RaftServer.Division division() {
        try {
            return server.getDivision(group);
        } catch (IOException e) {
            throw new FailureException(
                    Failure.of(FailureCode.UNAVAILABLE, "the group is not open here"), e);
        }
    }
}
