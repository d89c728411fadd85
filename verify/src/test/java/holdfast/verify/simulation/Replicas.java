package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.server.locking.LockingState;
import holdfast.server.replication.StateMachine;
import holdfast.server.volume.VolumeReader;
import holdfast.server.volume.VolumeState;

import java.util.List;
import java.util.Optional;

/**
 * Checks what the servers hold in the end: all file servers the same volume with every chunk that
 * it names, and the locking servers no session but those of living clients.
 */
record Replicas(SimulatedCell cell, History history, int clients) {
    private static final int CHUNKS_MAX = 10_000;

    /** Whether nothing is lacking any more; at once or after some time. */
    boolean complete() {
        return lacking().isEmpty();
    }

    /** What is still lacking. */
    Optional<String> lacking() {
        return states("files").stream()
                .map(machine -> ((VolumeState) machine).applied().index())
                .distinct()
                .skip(1)
                .findFirst()
                .map(index -> "a file server has not all entries of another")
                .or(() -> cell.servers("files").stream()
                        .map(Replicas::lacking)
                        .flatMap(Optional::stream)
                        .findFirst())
                .or(this::sessions);
    }

    private List<StateMachine> states(String role) {
        return cell.servers(role).stream()
                .map(ServerNode::machine)
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<String> lacking(ServerNode node) {
        return node.machine()
                .map(machine -> ((VolumeState) machine).reader())
                .flatMap(reader -> reader.chunksNamed(ByteString.EMPTY, CHUNKS_MAX).stream()
                        .filter(hash -> !node.chunks().has(ChunkHash.of(hash.toByteArray())))
                        .map(hash -> "a chunk that is named is gone")
                        .findFirst());
    }

    /** A session that ended is not in the list that the next leader finds (rule 4c). */
    private Optional<String> sessions() {
        return states("locking").stream()
                .map(machine -> ((LockingState) machine).sessions().live().size())
                .filter(live -> live > clients)
                .map(live -> live + " lock sessions are left of " + clients + " clients")
                .findFirst();
    }

    /** Whether all file servers have what the log says. */
    Optional<String> check() {
        return lacking()
                .or(() -> states("files").stream()
                        .map(machine -> ((VolumeState) machine).reader())
                        .filter(reader -> !isTrue(reader))
                        .map(reader -> "a file server holds another volume than the log says")
                        .findFirst());
    }

    private boolean isTrue(VolumeReader reader) {
        return history.truth().isHeldBy(reader);
    }
}
