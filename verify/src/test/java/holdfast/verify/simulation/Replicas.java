package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.server.volume.VolumeState;

import java.util.Optional;

/** Checks what the file servers hold: every chunk that is named. */
record Replicas(SimulatedCell cell) {
    private static final int CHUNKS_MAX = 10_000;

    Optional<String> check() {
        return cell.servers("files").stream()
                .map(Replicas::check)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> check(ServerNode node) {
        return node.machine()
                .map(machine -> (VolumeState) machine)
                .flatMap(state -> state.reader().chunksNamed(ByteString.EMPTY, CHUNKS_MAX).stream()
                        .filter(hash -> !node.chunks().has(ChunkHash.of(hash.toByteArray())))
                        .map(hash -> "a chunk that is named is gone")
                        .findFirst());
    }
}
