package holdfast.app.cell;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.fake.ManualTicker;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

final class LeavingTest {
    private final ManualTicker ticker = new ManualTicker();
    private final AtomicBoolean changing = new AtomicBoolean();
    private final Leaving leaving = new Leaving(changing::get, ticker);

    @Test
    void aRemovalThatFailedIsForgottenAfterTwoMinutes() {
        leaving.begin("a");
        ticker.advance(Duration.ofSeconds(119));
        assertThat(leaving.is("a")).isTrue();
        assertThat(leaving.is("b")).isFalse();
        ticker.advance(Duration.ofSeconds(2));
        assertThat(leaving.is("a")).isFalse();
    }

    @Test
    void aRemovalThatIsInTheLogIsNotForgotten() {
        leaving.begin("a");
        changing.set(true);
        ticker.advance(Duration.ofMinutes(10));
        assertThat(leaving.is("a")).isTrue();
    }

    @Test
    void aLaterRemovalTakesItsPlace() {
        leaving.begin("a");
        leaving.begin("b");
        assertThat(leaving.is("a")).isFalse();
        leaving.end();
        assertThat(leaving.is("b")).isFalse();
    }
}
