package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When an interrupt reaches the thread that does an operation. */
class CallTest {
    private final Call call = new Call(1, 2, 3);

    @Test
    void itComesWhileTheOperationRuns() {
        call.begin();
        call.interrupt();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(call.interrupted()).isTrue();
    }

    @Test
    void whatComesBeforeIsNotLost() {
        call.interrupt();
        call.begin();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whatComesAfterwardsHitsNobody() {
        call.begin();
        call.end();
        call.interrupt();
        assertThat(Thread.interrupted()).isFalse();
        assertThat(call.interrupted()).isFalse();
    }

    @Test
    void itWaitsForWhatIsShielded() {
        call.begin();
        call.interrupt();
        boolean inside = call.shielded(() -> {
            call.interrupt();
            return call.shielded(() -> Thread.currentThread().isInterrupted());
        });
        assertThat(inside).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
