package holdfast.wire.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.model.time.BootTicker;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Moments that are set often and seldom come. */
class AlarmTest {
    private static final long MILLIS = TimeUnit.MILLISECONDS.toNanos(1);

    private final AtomicInteger rung = new AtomicInteger();
    private final AtomicLong rangAt = new AtomicLong();
    private final Alarm alarm = new Alarm(BootTicker.system(), () -> {
        rangAt.set(System.nanoTime());
        rung.incrementAndGet();
    });

    @Test
    void itRingsOnceWhenItsMomentComesAndSaysSo() {
        long before = System.nanoTime();
        alarm.in(20 * MILLIS);
        await().until(() -> rung.get() == 1);
        assertThat(rangAt.get() - before).isGreaterThanOrEqualTo(19 * MILLIS);
        assertThat(alarm.clear()).isFalse();
        assertThat(alarm.clear()).isTrue();
    }

    @Test
    void itDoesNotRingAfterItWasCleared() {
        alarm.in(700 * MILLIS);
        assertThat(alarm.clear()).isTrue();
        Alarm later = new Alarm(BootTicker.system(), rung::incrementAndGet);
        later.in(750 * MILLIS);
        await().until(() -> rung.get() > 0);
        assertThat(rung).hasValue(1);
    }

    @Test
    void aLaterMomentReplacesAnEarlierOne() {
        long before = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            alarm.in((700 + i) * MILLIS);
        }
        await().until(() -> rung.get() == 1);
        assertThat(rangAt.get() - before).isGreaterThanOrEqualTo(748 * MILLIS);
    }

    @Test
    void anEarlierMomentReplacesALaterOne() {
        alarm.in(TimeUnit.DAYS.toNanos(7));
        alarm.in(TimeUnit.HOURS.toNanos(1));
        alarm.in(MILLIS);
        await().atMost(Duration.ofSeconds(5)).until(() -> rung.get() == 1);
    }

    @Test
    void aMomentThatHasPassedRingsAtOnce() {
        alarm.in(-5 * MILLIS);
        await().until(() -> rung.get() == 1);
    }

    @Test
    void itRingsAgainWhenSetAgain() {
        for (int i = 1; i <= 20; i++) {
            alarm.in(MILLIS);
            int times = i;
            await().pollDelay(Duration.ZERO).until(() -> rung.get() == times);
        }
    }
}
