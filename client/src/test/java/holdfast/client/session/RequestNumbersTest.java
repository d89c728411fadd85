package holdfast.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestNumbersTest {
    private final RequestNumbers numbers = new RequestNumbers();

    @Test
    void theLowestOpenIsTheOldestWithoutAnOutcome() {
        long first = numbers.next();
        long second = numbers.next();
        assertThat(numbers.lowestOpen()).isEqualTo(first);
        numbers.close(second);
        assertThat(numbers.lowestOpen()).isEqualTo(first);
        numbers.close(first);
        assertThat(numbers.lowestOpen()).isEqualTo(second + 1);
    }
}
