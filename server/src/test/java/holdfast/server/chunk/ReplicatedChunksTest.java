package holdfast.server.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.testkit.fake.FaultyNetwork;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.BringChunk;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

final class ReplicatedChunksTest {
    private static final long COLLECTION = 3;

    private final TcpTransport transport = new TcpTransport();
    private final List<Member> members = new ArrayList<>();
    private final Random random = new Random(42);

    @TempDir
    Path folder;

    /** A member with a disk of its own, which others reach through a network. */
    private final class Member implements Peers, AutoCloseable {
        private final String id;
        private final Path disk;
        private final DiskChunkStore own;
        private final ReplicatedChunks chunks;
        private final TcpServer server;
        private final FaultyNetwork network;

        Member(int number) throws IOException {
            id = String.valueOf(number).repeat(32);
            disk = Files.createDirectory(folder.resolve("member" + number));
            own = new DiskChunkStore(disk);
            chunks = new ReplicatedChunks(
                    own, this, () -> COLLECTION, transport, BootTicker.system());
            server = TcpServer.startAnywhere(chunks.service());
            network = FaultyNetwork.to(server.address());
        }

        @Override
        public String self() {
            return id;
        }

        @Override
        public List<Peer> others() {
            return members.stream()
                    .filter(member -> member != this)
                    .map(member -> new Peer(member.id, member.network.address()))
                    .toList();
        }

        ChunkHash take(byte[] bytes) {
            return put(chunks, bytes);
        }

        /** Takes what nobody else will be sent. */
        ChunkHash takeAlone(byte[] bytes) {
            return put(own, bytes);
        }

        private ChunkHash put(ChunkStore store, byte[] bytes) {
            ChunkHash hash = ChunkHash.ofContents(bytes);
            store.put(
                    hash,
                    bytes.length,
                    COLLECTION,
                    Channels.newChannel(new ByteArrayInputStream(bytes)));
            return hash;
        }

        void away() {
            network.refuse();
            network.cutAll();
        }

        @Override
        public void close() {
            network.close();
            server.close(Deadline.in(Duration.ZERO, System::nanoTime));
            chunks.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        for (int i = 0; i < 3; i++) {
            members.add(new Member(i));
        }
    }

    @AfterEach
    void close() {
        members.forEach(Member::close);
        transport.close();
    }

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void assertFails(Runnable what, FailureCode code) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static long holders(List<Member> members, ChunkHash hash) {
        return members.stream().filter(member -> member.own.has(hash)).count();
    }

    @Test
    void whatIsSyncedIsOnAMajorityAndSoonOnAll() {
        Member leader = members.getFirst();
        List<ChunkHash> hashes = Stream.of(100_000, 3_000_000, 1, 20_000_000)
                .map(size -> leader.take(bytes(size)))
                .toList();
        leader.chunks.sync(hashes);
        hashes.forEach(hash -> assertThat(holders(members, hash)).isGreaterThanOrEqualTo(2));
        await().untilAsserted(() ->
                hashes.forEach(hash -> assertThat(holders(members, hash)).isEqualTo(3)));
        members.forEach(member -> hashes.forEach(member.own::verify));
    }

    @Test
    void whatComesIsSentOnBeforeAnybodySyncsIt() {
        Member leader = members.getFirst();
        List<ChunkHash> hashes =
                Stream.generate(() -> leader.take(bytes(100_000))).limit(50).toList();
        await().untilAsserted(() ->
                hashes.forEach(hash -> assertThat(holders(members, hash)).isEqualTo(3)));
        long before = members.get(1).network.passed(FaultyNetwork.Direction.TO_SERVER);
        leader.chunks.sync(hashes);
        assertThat(members.get(1).network.passed(FaultyNetwork.Direction.TO_SERVER) - before)
                .isLessThan(100_000);
    }

    @Test
    void whatCouldNotBeSentOnIsSentByTheSync() {
        Member leader = members.getFirst();
        members.get(1).away();
        members.get(2).away();
        List<ChunkHash> hashes =
                Stream.generate(() -> leader.take(bytes(100_000))).limit(50).toList();
        assertFails(() -> leader.chunks.sync(hashes), FailureCode.UNAVAILABLE);
        members.get(1).network.heal();
        leader.chunks.sync(hashes);
        hashes.forEach(hash -> assertThat(members.get(1).own.has(hash)).isTrue());
    }

    @Test
    void oneMayBeAwayButNotTwo() {
        Member leader = members.getFirst();
        members.get(1).away();
        ChunkHash first = leader.take(bytes(100_000));
        leader.chunks.sync(List.of(first));
        assertThat(members.get(2).own.has(first)).isTrue();
        members.get(2).away();
        ChunkHash second = leader.take(bytes(100_000));
        assertFails(() -> leader.chunks.sync(List.of(second)), FailureCode.UNAVAILABLE);
        members.get(1).network.heal();
        leader.chunks.sync(List.of(second));
        assertThat(members.get(1).own.has(second)).isTrue();
    }

    @Test
    void whatWasNotSentHereIsBroughtWhenItIsRead() throws IOException {
        byte[] bytes = bytes(300_000);
        ChunkHash hash = members.get(1).takeAlone(bytes);
        Member reader = members.get(2);
        try (ChunkStore.OpenChunks open = reader.chunks.open(List.of(hash))) {
            assertThat(open.length()).isEqualTo(bytes.length);
        }
        reader.own.verify(hash);
        ChunkHash nobodys = ChunkHash.ofContents(bytes(10));
        assertThat(reader.chunks.obtain(nobodys)).isFalse();
        assertFails(() -> reader.chunks.open(List.of(nobodys)), FailureCode.LACKS_CHUNKS);
    }

    @Test
    void aDamagedChunkIsMendedFromAnotherMember() throws IOException {
        Member leader = members.getFirst();
        byte[] bytes = bytes(200_000);
        ChunkHash hash = leader.take(bytes);
        leader.chunks.sync(List.of(hash));
        bytes[1234] ^= 1;
        try (Stream<Path> files = Files.walk(leader.disk)) {
            Path file = files.filter(path -> path.getFileName().toString().equals(hash.hex()))
                    .findFirst()
                    .orElseThrow();
            Files.write(file, bytes);
        }
        leader.chunks.verify(hash);
        leader.own.verify(hash);
    }

    @Test
    void onlyWhoKnowsTheMembersIdIsListenedTo() {
        Member member = members.getFirst();
        ChunkHash hash = member.take(bytes(1000));
        BringChunk bring = BringChunk.newBuilder()
                .setTo(ByteString.copyFromUtf8("9".repeat(32)))
                .setHash(ByteString.copyFrom(hash.bytes()))
                .build();
        assertFails(
                () -> {
                    var unused = transport.call(
                            member.server.address(),
                            MemberMethods.BRING_CHUNK,
                            RequestHeader.getDefaultInstance(),
                            bring,
                            Bulk.Source.NONE,
                            (in, length) -> {},
                            Deadline.in(Duration.ofSeconds(10), System::nanoTime));
                },
                FailureCode.NOT_MINE);
    }
}
