package holdfast.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.id.FileId;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.chunk.MemoryChunkStore;
import holdfast.server.chunk.Peers;
import holdfast.server.chunk.ReplicatedChunks;
import holdfast.server.table.MemoryTable;
import holdfast.server.volume.VolumeState;
import holdfast.testkit.fake.ManualTicker;
import holdfast.wire.log.AddVolume;
import holdfast.wire.log.ExtendIds;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Piece;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A member whose state names chunks of which another member has all, and this one none. */
final class BringingTest {
    private static final int CHUNKS = 10;
    private static final int CHUNK_BYTES = 100_000;
    private static final long BYTES_A_SECOND = 250_000;
    private static final String OTHER = "other";
    private static final long SLICE = Duration.ofMillis(200).toNanos();

    private final ManualTicker ticker = new ManualTicker();
    private final TcpTransport transport = new TcpTransport();
    private final MemoryChunkStore here = new MemoryChunkStore(1 << 24);
    private final MemoryChunkStore there = new MemoryChunkStore(1 << 24);
    private final List<ChunkHash> hashes = new ArrayList<>();
    private final VolumeState state = new VolumeState(new MemoryTable());
    private final TcpServer server = TcpServer.startAnywhere(serviceOf(there));
    private final Bringing bringing = bringing();

    /** What is known of the members. */
    private record Known(String self, List<Peer> others) implements Peers {}

    private holdfast.wire.transport.Service serviceOf(ChunkStore store) {
        return replicated(store, new Known(OTHER, List.of())).service();
    }

    private ReplicatedChunks replicated(ChunkStore store, Peers peers) {
        return new ReplicatedChunks(store, peers, () -> 0, transport, BootTicker.system());
    }

    private Bringing bringing() {
        Address other = server.address();
        Peers peers = new Known("self", List.of(new Peers.Peer(OTHER, other)));
        return new Bringing(
                state.reader(),
                replicated(here, peers),
                () -> state.applied().index(),
                () -> true,
                ticker,
                BYTES_A_SECOND);
    }

    @BeforeEach
    void name() {
        Random random = new Random(1);
        Manifest.Builder manifest = Manifest.newBuilder();
        for (int i = 0; i < CHUNKS; i++) {
            byte[] bytes = new byte[CHUNK_BYTES];
            random.nextBytes(bytes);
            ChunkHash hash = ChunkHash.ofContents(bytes);
            hashes.add(hash);
            there.put(hash, bytes.length, 0, Channels.newChannel(new ByteArrayInputStream(bytes)));
            manifest.addPieces(Piece.newBuilder()
                    .setLength(bytes.length)
                    .setHash(ByteString.copyFrom(hash.bytes())));
        }
        apply(
                1,
                command()
                        .setAddVolume(AddVolume.newBuilder()
                                .setNumber(1)
                                .setOwner("root")
                                .setGroup("root")
                                .setMode(0755)));
        long file = apply(
                        2,
                        command()
                                .setExtendIds(
                                        ExtendIds.newBuilder().setVolume(1).setCount(9)))
                .getIds()
                .getFirst();
        apply(
                3,
                command()
                        .setCreate(Create.newBuilder()
                                .setParent(FileId.rootOf(1).value())
                                .setName(ByteString.copyFromUtf8("large"))
                                .setFile(file)
                                .setType(FileType.FILE)
                                .setCollection(1)
                                .setContents(Contents.newBuilder().setManifest(manifest))
                                .setSize((long) CHUNKS * CHUNK_BYTES)));
        assertThat(state.reader().chunksNamed(ByteString.EMPTY, 100)).hasSize(CHUNKS);
    }

    private static VolumeCommand.Builder command() {
        return VolumeCommand.newBuilder()
                .setCaller(Caller.newBuilder().setUser("root").addGroups("root"));
    }

    private VolumeOutcome apply(long index, VolumeCommand.Builder command) {
        ByteString outcome =
                state.apply(1, index, List.of(command.build().toByteString())).getFirst();
        try {
            VolumeOutcome parsed = VolumeOutcome.parseFrom(outcome);
            assertThat(parsed.hasFailure()).as(parsed.toString()).isFalse();
            return parsed;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        server.close(Deadline.in(Duration.ZERO, System::nanoTime));
        transport.close();
    }

    @Test
    void noMoreThanTheRateAllowsIsBroughtInASecondOnAverage() {
        bringing.bring(SLICE);
        assertThat(here.chunks()).isEqualTo(3);
        bringing.bring(SLICE);
        assertThat(here.chunks()).isEqualTo(3);
        int seconds = 0;
        while (here.chunks() < CHUNKS) {
            ticker.advance(Duration.ofSeconds(1));
            seconds++;
            bringing.bring(SLICE);
            assertThat(here.bytes())
                    .isLessThan((seconds + 1) * BYTES_A_SECOND + CHUNK_BYTES)
                    .isGreaterThan(Math.min(seconds, 3) * BYTES_A_SECOND - CHUNK_BYTES);
        }
        assertThat(bringing.completeAt()).isEqualTo(3);
        assertThat(bringing.lacking()).isZero();
    }

    @Test
    void aLongPauseIsNotMadeUpFor() {
        bringing.bring(SLICE);
        ticker.advance(Duration.ofHours(1));
        bringing.bring(SLICE);
        assertThat(here.chunks()).isEqualTo(6);
    }

    @Test
    void whatNobodyHasIsLackingUntilSomebodyHasIt() {
        there.collect(9, hash -> !hash.equals(hashes.getFirst()));
        for (int i = 0; i < 10; i++) {
            ticker.advance(Duration.ofSeconds(1));
            bringing.bring(SLICE);
        }
        assertThat(bringing.lacking()).isEqualTo(1);
        assertThat(bringing.completeAt()).isEqualTo(-1);
    }
}
