package holdfast.server.replication;

import com.google.protobuf.UnsafeByteOperations;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.MemberAnswer;
import holdfast.wire.proto.MemberCall;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Service;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexReplyProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.ReadIndexException;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;
import org.apache.ratis.util.ProtoUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ratis' calls between members, over our own wire and at the role's own port: what is blocking
 * there is a blocking call here, on a pooled connection of its own, so that a vote never waits
 * behind a large append. A member without others opens nothing.
 *
 * <p>Each call names its sender and its receiver by their random ids, and a call for anybody else
 * is refused: so a member that was replaced, or a stranger, is not listened to. That is no proof;
 * proofs come with encrypted connections. A call also tells where its sender is reached now, so a
 * member may come back at another address.
 */
final class MemberRpc implements RaftServerRpc {
    private static final Logger LOG = LoggerFactory.getLogger(MemberRpc.class);

    /** An append waits for the other's disk, and longer the more it brings over a slow network. */
    private static final Duration APPEND_MAX = Duration.ofSeconds(3);

    private static final int SLOW_BYTES_A_MILLI = 100;

    private static final Duration HEARTBEAT_MAX = Duration.ofSeconds(1);
    private static final Duration VOTE_MAX = Duration.ofSeconds(1);

    /** The last part of a checkpoint is answered when the state stands on it. */
    private static final Duration CHECKPOINT_MAX = Duration.ofMinutes(2);

    private static final String REACH = "holdfast.reach";
    private static final InetSocketAddress NOWHERE =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Type type;
    private final RaftServer server;
    private final Optional<LogHost.Reach> reach;
    private final Map<RaftPeerId, Address> peers = new ConcurrentHashMap<>();
    private final Map<RaftGroupId, Heard> heard = new ConcurrentHashMap<>();

    /**
     * What a leader told first in its term.
     *
     * @param committed up to which entry the log was committed, as it knew
     */
    record Heard(long term, long committed) {}

    private MemberRpc(Type type, RaftServer server, Optional<LogHost.Reach> reach) {
        this.type = type;
        this.server = server;
        this.reach = reach;
    }

    /** Makes it for Ratis, which makes this by its name. */
    static final class Type implements RpcType, ServerFactory {
        private Optional<LogHost.Reach> reach = Optional.empty();

        Type() {}

        static Parameters parameters(LogHost.Settings settings) {
            Parameters parameters = new Parameters();
            settings.reach().ifPresent(r -> parameters.put(REACH, r, LogHost.Reach.class));
            return parameters;
        }

        @Override
        public String name() {
            return Type.class.getName();
        }

        @Override
        public Type newFactory(Parameters parameters) {
            Type factory = new Type();
            factory.reach = Optional.ofNullable(parameters.get(REACH, LogHost.Reach.class));
            return factory;
        }

        @Override
        public RpcType getRpcType() {
            return this;
        }

        @Override
        public LogAppender newLogAppender(
                RaftServer.Division group, LeaderState state, FollowerInfo follower) {
            LogAppender appender = LogAppender.newLogAppenderDefault(group, state, follower);
            MemberRpc rpc = (MemberRpc) appender.getServerRpc();
            Pulse pulse = new Pulse(
                    appender, beat -> rpc.append(beat, HEARTBEAT_MAX), heartbeatsEvery(group));
            Thread.ofVirtual().name("pulse-" + follower.getId()).start(pulse);
            return appender;
        }

        /** Somewhat longer than Ratis', and shorter than the leader's lease. */
        private static Duration heartbeatsEvery(RaftServer.Division group) {
            int least = group.properties().minRpcTimeoutMs();
            return Duration.ofMillis(least * 6L / 10);
        }

        @Override
        public RaftServerRpc newRaftServerRpc(RaftServer server) {
            return new MemberRpc(this, server, reach);
        }
    }

    @Override
    public void start() {}

    @Override
    public void close() {}

    @Override
    public RpcType getRpcType() {
        return type;
    }

    @Override
    public InetSocketAddress getInetSocketAddress() {
        return reach.map(LogHost.Reach::address)
                .map(at -> InetSocketAddress.createUnresolved(at.host(), at.port()))
                .orElse(NOWHERE);
    }

    @Override
    public void handleException(RaftPeerId peer, Exception failure, boolean reconnect) {
        // A connection that failed is closed already, and the next call makes another.
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> known) {
        known.forEach(peer -> address(peer).ifPresent(at -> peers.put(peer.getId(), at)));
    }

    /** Where this member is reached. */
    Optional<Address> self() {
        return reach.map(LogHost.Reach::address);
    }

    /** Where {@code id} was reached last. */
    Optional<Address> address(RaftPeerId id) {
        return Optional.ofNullable(peers.get(id));
    }

    /** Empty for a member that was founded without one. */
    private static Optional<Address> address(RaftPeer peer) {
        try {
            return Optional.of(Address.parse(peer.getAddress()));
        } catch (FailureException e) {
            LOG.debug("member {} has no address", peer.getId(), e);
            return Optional.empty();
        }
    }

    // Calling

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
        return call(
                MemberMethods.REQUEST_VOTE,
                request.getServerRequest(),
                request,
                RequestVoteReplyProto.parser(),
                VOTE_MAX);
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request)
            throws IOException {
        return append(
                request, APPEND_MAX.plusMillis(request.getSerializedSize() / SLOW_BYTES_A_MILLI));
    }

    private AppendEntriesReplyProto append(AppendEntriesRequestProto request, Duration longest)
            throws IOException {
        return call(
                MemberMethods.APPEND_ENTRIES,
                request.getServerRequest(),
                request,
                AppendEntriesReplyProto.parser(),
                longest);
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request)
            throws IOException {
        return call(
                MemberMethods.INSTALL_CHECKPOINT,
                request.getServerRequest(),
                request,
                InstallSnapshotReplyProto.parser(),
                CHECKPOINT_MAX);
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(
            StartLeaderElectionRequestProto request) throws IOException {
        return call(
                MemberMethods.STAND_FOR_ELECTION,
                request.getServerRequest(),
                request,
                StartLeaderElectionReplyProto.parser(),
                VOTE_MAX);
    }

    /** Ratis asks a leader on behalf of reads at a follower; ours go to the leader themselves. */
    @Override
    public RaftServerAsynchronousProtocol async() {
        return new RaftServerAsynchronousProtocol() {
            @Override
            public CompletableFuture<AppendEntriesReplyProto> appendEntriesAsync(
                    AppendEntriesRequestProto request) {
                return CompletableFuture.failedFuture(new IOException("never called"));
            }

            @Override
            public CompletableFuture<ReadIndexReplyProto> readIndexAsync(
                    ReadIndexRequestProto request) {
                return CompletableFuture.failedFuture(
                        new ReadIndexException("this member does not lead"));
            }
        };
    }

    private <A> A call(
            Method<MemberCall, MemberAnswer> method,
            RaftRpcRequestProto head,
            MessageLite request,
            Parser<A> answer,
            Duration longest)
            throws IOException {
        RaftPeerId to = RaftPeerId.valueOf(head.getReplyId());
        Address at = peers.get(to);
        if (reach.isEmpty() || at == null) {
            throw new IOException("it is not known where member " + to + " is");
        }
        MemberCall call = MemberCall.newBuilder()
                .setFrom(bytes(head.getRequestorId()))
                .setTo(bytes(head.getReplyId()))
                .setAddress(reach.get().address().toString())
                .setMessage(UnsafeByteOperations.unsafeWrap(request.toByteArray()))
                .build();
        try {
            MemberAnswer answered = reach.get()
                    .transport()
                    .call(
                            at,
                            method,
                            RequestHeader.getDefaultInstance(),
                            call,
                            Deadline.in(longest, BootTicker.system()))
                    .message();
            return answer.parseFrom(answered.getMessage().asReadOnlyByteBuffer());
        } catch (FailureException e) {
            throw e.code() == FailureCode.CANCELLED
                    ? (IOException) new InterruptedIOException(e.getMessage()).initCause(e)
                    : new IOException(e.getMessage(), e);
        }
    }

    private static com.google.protobuf.ByteString bytes(ByteString theirs) {
        return UnsafeByteOperations.unsafeWrap(theirs.asReadOnlyByteBuffer());
    }

    // Answering

    /** One of Ratis' handlers. */
    @FunctionalInterface
    private interface Handler<Q, A extends MessageLite> {
        A handle(Q request) throws IOException;
    }

    /** What other members call. */
    Service service() {
        return Service.of(Role.ROLE_NONE, () -> 0)
                .on(
                        MemberMethods.REQUEST_VOTE,
                        c -> answer(c, RequestVoteRequestProto.parser(), server::requestVote))
                .on(
                        MemberMethods.APPEND_ENTRIES,
                        c -> answer(c, AppendEntriesRequestProto.parser(), this::appended))
                .on(
                        MemberMethods.INSTALL_CHECKPOINT,
                        c -> answer(
                                c, InstallSnapshotRequestProto.parser(), server::installSnapshot))
                .on(
                        MemberMethods.STAND_FOR_ELECTION,
                        c -> answer(
                                c,
                                StartLeaderElectionRequestProto.parser(),
                                server::startLeaderElection))
                .build();
    }

    private AppendEntriesReplyProto appended(AppendEntriesRequestProto request) throws IOException {
        AppendEntriesReplyProto reply = server.appendEntries(request);
        if (reply.getResult() == AppendResult.INCONSISTENCY && hasCommitted(request)) {
            reply = hereAlready(request, reply);
        }
        Heard now = new Heard(request.getLeaderTerm(), request.getLeaderCommit());
        heard.merge(
                ProtoUtils.toRaftGroupId(request.getServerRequest().getRaftGroupId()),
                now,
                (before, later) -> later.term() > before.term() ? later : before);
        return reply;
    }

    /**
     * Whether all entries of a leader's call are committed here, so that they are the same. Ratis
     * refuses them when they are sent again because their answer was lost, and the leader then goes
     * on after them, but does not count them as held here until there is another entry. A new
     * member of a group in which nothing else is changed would never be taken in.
     */
    private boolean hasCommitted(AppendEntriesRequestProto request) throws IOException {
        RaftServer.Division division = server.getDivision(
                ProtoUtils.toRaftGroupId(request.getServerRequest().getRaftGroupId()));
        int count = request.getEntriesCount();
        return count > 0
                && request.getEntries(count - 1).getIndex()
                        <= division.getRaftLog().getLastCommittedIndex();
    }

    private static AppendEntriesReplyProto hereAlready(
            AppendEntriesRequestProto request, AppendEntriesReplyProto refused) {
        long last = request.getEntries(request.getEntriesCount() - 1).getIndex();
        return refused.toBuilder()
                .setServerReply(refused.getServerReply().toBuilder().setSuccess(true))
                .setResult(AppendResult.SUCCESS)
                .setNextIndex(last + 1)
                .setMatchIndex(last)
                .build();
    }

    /** What the leader of the newest term told first, since this start. */
    Optional<Heard> heard(RaftGroupId group) {
        return Optional.ofNullable(heard.get(group));
    }

    private <Q> Service.Reply<MemberAnswer> answer(
            Service.Call<MemberCall> call,
            Parser<Q> parser,
            Handler<Q, ? extends MessageLite> handler) {
        MemberCall asked = call.request();
        if (!asked.getTo().toStringUtf8().equals(server.getId().toString())) {
            throw FailureException.of(
                    FailureCode.NOT_MINE, "this server is not the member that is meant");
        }
        try {
            Q request = parser.parseFrom(asked.getMessage().asReadOnlyByteBuffer());
            noteAddress(asked);
            byte[] answer = handler.handle(request).toByteArray();
            return Service.Reply.of(MemberAnswer.newBuilder()
                    .setMessage(UnsafeByteOperations.unsafeWrap(answer))
                    .build());
        } catch (InvalidProtocolBufferException e) {
            throw FailureException.of(FailureCode.INVALID, "no call of a member: " + e);
        } catch (IOException e) {
            throw FailureException.of(FailureCode.UNAVAILABLE, Reasons.rootOf(e));
        }
    }

    /** Members that are known may have moved; others are told of by the group's log. */
    private void noteAddress(MemberCall call) {
        RaftPeerId from = RaftPeerId.valueOf(call.getFrom().toStringUtf8());
        Address known = peers.get(from);
        if (known != null && !known.toString().equals(call.getAddress())) {
            peers.put(from, Address.parse(call.getAddress()));
            LOG.info("member {} is at {} now", from, call.getAddress());
        }
    }
}
