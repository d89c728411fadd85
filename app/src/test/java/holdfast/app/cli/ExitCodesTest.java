package holdfast.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.failure.FailureCode;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.TreeMap;

/** Scripts rely on these numbers: a changed one is a broken promise. */
final class ExitCodesTest {
    private static final String PROMISED = """
        NOT_FOUND=4 NO_VOLUME=3 ALREADY_EXISTS=2 NOT_A_DIRECTORY=2 IS_A_DIRECTORY=2 NOT_EMPTY=2
        INVALID=1 NAME_TOO_LONG=1 LOOP=2 CROSS_VOLUME=2 BUSY=6 DENIED=6 LOCK_HELD=10 FENCED=11
        STALE=11 NO_SPACE=8 QUOTA_EXCEEDED=6 NOT_MINE=5 NOT_LEADER=5 UNAVAILABLE=5 TIMED_OUT=5
        INDETERMINATE=12 WRONG_VERSION=7 WRONG_ROLE=7 DAMAGED=7 LIMIT=8 UNKNOWN_CLIENT=5
        SESSION_ENDED=11 LACKS_CHUNKS=2 CANCELLED=130 MISCONFIGURED=7 NO_ATTRIBUTE=4 LOCAL_IO=2
        INTERNAL=2 NOT_PERMITTED=6 UNSUPPORTED=2
        """;

    @Test
    void everyFailureHasTheExitCodeThatWasPromised() {
        Map<String, Integer> promised = new TreeMap<>();
        for (String each : PROMISED.strip().split("\\s+", -1)) {
            String[] pair = each.split("=", 2);
            promised.put(pair[0], Integer.valueOf(pair[1]));
        }
        Map<String, Integer> real = new TreeMap<>();
        for (FailureCode code : FailureCode.values()) {
            real.put(code.name(), ExitCodes.of(code));
        }
        assertThat(real).isEqualTo(promised);
    }

    @Test
    void noFailureEndsAsIfAllWereWell() {
        for (FailureCode code : FailureCode.values()) {
            assertThat(ExitCodes.of(code)).as(code.name()).isBetween(1, 255);
        }
    }
}
