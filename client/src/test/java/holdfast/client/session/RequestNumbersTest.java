package holdfast.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.volume.RequestBounds;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class RequestNumbersTest {
    private final RequestNumbers numbers = new RequestNumbers();

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30), BootTicker.system());
    }

    @Test
    void theLowestOpenIsTheOldestWithoutAnOutcome() {
        long first = numbers.next(soon());
        long second = numbers.next(soon());
        assertThat(numbers.lowestOpen()).isEqualTo(first);
        numbers.close(second);
        assertThat(numbers.lowestOpen()).isEqualTo(first);
        numbers.close(first);
        assertThat(numbers.lowestOpen()).isEqualTo(second + 1);
    }

    @Test
    void aNumberTooFarAheadWaitsForTheLowestOpenOne() throws Exception {
        long first = numbers.next(soon());
        for (int i = 1; i < RequestBounds.AHEAD_MAX; i++) {
            numbers.close(numbers.next(soon()));
        }
        Deadline over = Deadline.in(Duration.ofMillis(1), BootTicker.system());
        assertThatThrownBy(() -> numbers.next(over))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.TIMED_OUT));
        CompletableFuture<Long> next = CompletableFuture.supplyAsync(() -> numbers.next(soon()));
        numbers.close(first);
        assertThat(next.get(30, TimeUnit.SECONDS)).isEqualTo(RequestBounds.AHEAD_MAX + 1L);
    }
}
