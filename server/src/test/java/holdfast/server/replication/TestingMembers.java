package holdfast.server.replication;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.testkit.fake.FaultyNetwork;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.MemberCall;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport;

import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The members of one group, all in this process, with real folders and sockets. What one calls
 * another goes through a network of that pair's own.
 */
final class TestingMembers implements AutoCloseable {
    private final Path folder;
    private final UUID group;
    private final long checkpointEntries;
    private final TcpTransport transport = new TcpTransport();
    private final Map<List<Address>, FaultyNetwork> networks = new ConcurrentHashMap<>();
    private final List<Member> members = new CopyOnWriteArrayList<>();
    private final AtomicInteger checkpointAnswersLost = new AtomicInteger();
    private final AtomicInteger entryAnswersLost = new AtomicInteger();
    private volatile Held held = new Held(Integer.MAX_VALUE, new CountDownLatch(0));

    TestingMembers(Path folder, UUID group, long checkpointEntries) {
        this.folder = folder;
        this.group = group;
        this.checkpointEntries = checkpointEntries;
    }

    static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30), System::nanoTime);
    }

    /** The first member. */
    Member found() {
        Member first = new Member(true, freeAddress());
        first.start();
        members.add(first);
        return first;
    }

    /** A new member with an empty folder, which nobody knows yet. */
    Member newcomer() {
        return newcomer(freeAddress());
    }

    private Member newcomer(Address address) {
        Member more = new Member(false, address);
        more.start();
        members.add(more);
        return more;
    }

    /** Lets a member go, and takes in a new one where it was. */
    Member replace(Member member) {
        leave(member);
        Member more = newcomer(member.address);
        atLeader(leader -> leader.membership().add(more.id(), more.address, soon()));
        return more;
    }

    /** A new member, taken in by the group. */
    Member join() {
        Member more = newcomer();
        atLeader(leader -> leader.membership().add(more.id(), more.address, soon()));
        return more;
    }

    /** Lets a member go and closes it. */
    void leave(Member member) {
        atLeader(leader -> leader.membership().remove(member.id(), soon()));
        member.stop();
        members.remove(member);
    }

    List<Member> all() {
        return List.copyOf(members);
    }

    /** Waits for one that leads. */
    Member leader() {
        return await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(30))
                .until(this::leaderNow, Optional::isPresent)
                .orElseThrow();
    }

    private Optional<Member> leaderNow() {
        return members.stream().filter(Member::leads).findFirst();
    }

    /** Something that only a leader does, tried until it is done. */
    void atLeader(java.util.function.Consumer<Member> what) {
        await().pollDelay(Duration.ZERO).atMost(Duration.ofSeconds(60)).until(() -> {
            try {
                what.accept(leader());
                return true;
            } catch (FailureException e) {
                if (e.code() == FailureCode.NOT_LEADER
                        || e.code() == FailureCode.UNAVAILABLE
                        || e.code() == FailureCode.INDETERMINATE) {
                    return false;
                }
                throw e;
            }
        });
    }

    /** Cuts a member off from all others, without anybody being told. */
    void isolate(Member member) {
        for (Member other : members) {
            if (other != member) {
                network(member.address, other.address).partition();
                network(other.address, member.address).partition();
            }
        }
    }

    /**
     * A network so slow that no call of more than so many bytes arrives until it is quick again.
     */
    void slow(int bytes) {
        held = new Held(bytes, new CountDownLatch(1));
    }

    /** The next answers to parts of checkpoints are lost. */
    void loseAnswersToCheckpoints(int count) {
        checkpointAnswersLost.set(count);
    }

    /** The next answers to calls that carry several entries are lost. */
    void loseAnswersToEntries(int count) {
        entryAnswersLost.set(count);
    }

    void quick() {
        held.open().countDown();
    }

    private record Held(int bytes, CountDownLatch open) {
        void pass(int size) {
            try {
                if (size > bytes && !open.await(1, TimeUnit.MINUTES)) {
                    throw FailureException.of(FailureCode.TIMED_OUT, "a slow network");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FailureException.of(FailureCode.CANCELLED, "interrupted");
            }
        }
    }

    void healAll() {
        networks.values().forEach(FaultyNetwork::heal);
    }

    private FaultyNetwork network(Address from, Address to) {
        return networks.computeIfAbsent(List.of(from, to), pair -> FaultyNetwork.to(to));
    }

    @Override
    public void close() {
        members.forEach(Member::stop);
        networks.values().forEach(FaultyNetwork::close);
        transport.close();
    }

    /** One member: its folder and address outlive {@link #stop}. */
    final class Member {
        private final Path own = folder.resolve("m" + UUID.randomUUID());
        private final boolean founder;
        final Address address;
        final BlockingQueue<FailureException> stopped = new LinkedBlockingQueue<>();
        private RememberingMachine machine = new RememberingMachine();
        private Optional<Running> running = Optional.empty();

        private record Running(LogHost host, ReplicatedLog log, TcpServer server) {}

        private Member(boolean founder, Address address) {
            this.founder = founder;
            this.address = address;
        }

        /** With an empty state, which the log or a checkpoint fills. */
        void start() {
            machine = new RememberingMachine();
            LogHost.Settings standard = LogHost.Settings.alone(own);
            LogHost host = LogHost.start(new LogHost.Settings(
                    own,
                    Optional.of(new LogHost.Reach(address, new From(address))),
                    Duration.ofMillis(400),
                    Duration.ofMillis(800),
                    checkpointEntries,
                    standard.checkpointBytesMax(),
                    (id, why) -> stopped.add(why)));
            ReplicatedLog log =
                    founder ? host.open(group, machine, soon()) : host.join(group, machine, soon());
            TcpServer server = TcpServer.start(address, host.service(), TcpServer.Settings.DEFAULT);
            running = Optional.of(new Running(host, log, server));
        }

        void stop() {
            running.ifPresent(parts -> {
                parts.server().close(Deadline.in(Duration.ZERO, System::nanoTime));
                parts.host().close();
            });
            running = Optional.empty();
        }

        /** Where its checkpoints lie. */
        Path checkpoints() throws IOException {
            try (Stream<Path> all = Files.walk(own)) {
                return all.filter(path -> path.getFileName().toString().equals("sm"))
                        .findFirst()
                        .orElseThrow();
            }
        }

        boolean runs() {
            return running.isPresent();
        }

        ReplicatedLog log() {
            return running.orElseThrow(
                            () -> FailureException.of(FailureCode.UNAVAILABLE, "it is stopped"))
                    .log();
        }

        Membership membership() {
            return running.orElseThrow().host().membership(group);
        }

        String id() {
            return running.orElseThrow().host().memberId();
        }

        RememberingMachine machine() {
            return machine;
        }

        boolean leads() {
            return running.map(parts -> parts.log().leadingTerm() != 0).orElse(false);
        }

        ByteString propose(String command) {
            return log().propose(ByteString.copyFromUtf8(command), soon());
        }
    }

    private static Address freeAddress() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new Address("127.0.0.1", socket.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What one member calls goes through the networks that begin at it. */
    private final class From implements Transport {
        private final Address self;

        From(Address self) {
            this.self = self;
        }

        @Override
        public <Q extends Message, A extends Message> Answered<A> call(
                Address server,
                Method<Q, A> method,
                RequestHeader header,
                Q request,
                Bulk.Source out,
                Bulk.Sink in,
                Deadline deadline) {
            held.pass(request.getSerializedSize());
            Address way = network(self, server).address();
            Answered<A> answer = transport.call(way, method, header, request, out, in, deadline);
            if (isLost(method, request)) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "the answer is lost");
            }
            return answer;
        }

        private boolean isLost(Method<?, ?> method, Message request) {
            if (method.kind() == MemberMethods.INSTALL_CHECKPOINT.kind()) {
                return oneLess(checkpointAnswersLost);
            }
            return method.kind() == MemberMethods.APPEND_ENTRIES.kind()
                    && entries((MemberCall) request) > 1
                    && oneLess(entryAnswersLost);
        }

        private static boolean oneLess(AtomicInteger left) {
            return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
        }

        private static int entries(MemberCall call) {
            try {
                return AppendEntriesRequestProto.parseFrom(call.getMessage().asReadOnlyByteBuffer())
                        .getEntriesCount();
            } catch (InvalidProtocolBufferException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Channel<FromClient, FromServer> openCallbacks(
                Address server, RequestHeader header, Deadline deadline) {
            throw new IllegalStateException("members open no callbacks");
        }

        @Override
        public void close() {
            // The group's transport is shared.
        }
    }

    /** The commands of all running members, equal once they have caught up. */
    List<String> equalCommands() {
        return await().atMost(Duration.ofSeconds(60))
                .until(this::commandsIfEqual, Optional::isPresent)
                .orElseThrow();
    }

    private Optional<List<String>> commandsIfEqual() {
        List<List<String>> states = new ArrayList<>();
        members.stream()
                .filter(Member::runs)
                .forEach(m -> states.add(m.machine().commands()));
        return states.stream().distinct().count() == 1
                ? Optional.of(states.getFirst())
                : Optional.empty();
    }
}
