package holdfast.server.locking;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.wire.log.AddSession;
import holdfast.wire.log.EndSessions;
import holdfast.wire.log.LockingCommand;
import holdfast.wire.log.LockingOutcome;
import holdfast.wire.log.NewEpoch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

class LockingStateTest {
    @TempDir
    private Path place;

    private final LockingState state = new LockingState();
    private long index;

    @Test
    void theEpochGrowsAlsoWhenTheClockGoesBack() {
        assertThat(run(epoch(1_000)).getEpoch()).isEqualTo(1_000);
        assertThat(run(epoch(10)).getEpoch()).isEqualTo(1_001);
        assertThat(run(epoch(5_000)).getEpoch()).isEqualTo(5_000);
    }

    @Test
    void sessionsIdsAreNotUsedAgain() {
        long first = run(add()).getSession();
        run(end(first));
        long second = run(add()).getSession();
        assertThat(second).isGreaterThan(first);
        assertThat(state.sessions().isLive(first)).isFalse();
        assertThat(state.sessions().isLive(second)).isTrue();
    }

    @Test
    void aCheckpointBringsAllBack() {
        run(epoch(9));
        run(end(run(add()).getSession()));
        run(add());
        state.checkpoint(place.resolve("1"));
        LockingState other = new LockingState();
        other.restore(place.resolve("1"));
        assertThat(other.sessions()).isEqualTo(state.sessions());
        assertThat(other.applied()).isEqualTo(state.applied());
    }

    private static LockingCommand.Builder epoch(long millis) {
        return LockingCommand.newBuilder().setNewEpoch(NewEpoch.newBuilder().setWallMillis(millis));
    }

    private static LockingCommand.Builder add() {
        return LockingCommand.newBuilder().setAddSession(AddSession.getDefaultInstance());
    }

    private static LockingCommand.Builder end(long session) {
        return LockingCommand.newBuilder()
                .setEndSessions(EndSessions.newBuilder().addSessions(session));
    }

    private LockingOutcome run(LockingCommand.Builder command) {
        try {
            return LockingOutcome.parseFrom(
                    state.apply(1, ++index, List.of(command.build().toByteString()))
                            .getFirst());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
