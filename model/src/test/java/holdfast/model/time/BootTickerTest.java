package holdfast.model.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

/** The clock that runs on in suspend. */
class BootTickerTest {
    @Test
    void onLinuxItCountsAllThatTheJavaClockCountsAndSuspendToo() {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        assertThat(BootTicker.system().countsSuspend()).isTrue();
        long awake = System.nanoTime();
        assertThat(BootTicker.system().nanos()).isGreaterThanOrEqualTo(awake);
    }

    @Test
    void itNeverGoesBackAndKeepsUpWithTheOtherClock() {
        for (BootTicker ticker : new BootTicker[] {BootTicker.system(), new BootTicker(false)}) {
            long start = ticker.nanos();
            long begin = System.nanoTime();
            long last = start;
            long passed = 0;
            while (passed < TimeUnit.MILLISECONDS.toNanos(20)) {
                long now = ticker.nanos();
                assertThat(now).isGreaterThanOrEqualTo(last);
                last = now;
                passed = System.nanoTime() - begin;
            }
            long tolerance = TimeUnit.MILLISECONDS.toNanos(1);
            assertThat(ticker.nanos() - start).isGreaterThanOrEqualTo(passed - tolerance);
        }
    }

    @Test
    void withoutItTheJavaClockStepsIn() {
        assertThat(new BootTicker(false).countsSuspend()).isFalse();
    }
}
