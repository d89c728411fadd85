package holdfast.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;

/** Sizes, times and counts as people write and read them. */
final class PeopleTest {
    private static long size(String text) {
        return new People.SizeConverter().convert(text);
    }

    private static Duration duration(String text) {
        return new People.DurationConverter().convert(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1.0 KiB",
        "1536, 1.5 KiB",
        "102400, 100 KiB",
        "10485760, 10.0 MiB",
        "5497558138880, 5.0 TiB",
        "9223372036854775807, 8192 PiB"
    })
    void sizesAreShownInPowersOf1024(long bytes, String shown) {
        assertThat(People.size(bytes)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "4096, 4096",
        "4096B, 4096",
        "1k, 1024",
        "1KiB, 1024",
        "10MiB, 10485760",
        "10 MB, 10485760",
        "' 3GiB ', 3221225472",
        "2T, 2199023255552",
        "1PiB, 1125899906842624"
    })
    void sizesAreReadWithAnyOfTheUsualUnits(String text, long bytes) {
        assertThat(size(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5GiB", "GiB", "10 apples", "1EiB", "0x10"})
    void whatIsNoSizeIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> size(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage("'" + text + "' is not a size (expected something like 10MiB)");
    }

    @Test
    void aSizeBeyondALongIsRefused() {
        assertThatThrownBy(() -> size("99999999PiB")).hasMessage("'99999999PiB' is too large");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0 ms",
        "PT0.34S, 340 ms",
        "PT12.5S, 12.5 s",
        "PT3M20S, 3 min 20 s",
        "PT5H1M, 5 h 1 min",
        "P2D, 48 h 0 min"
    })
    void durationsAreShownInTheTwoLargestUnits(Duration length, String shown) {
        assertThat(People.duration(length)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"0s, PT0S", "500ms, PT0.5S", "30s, PT30S", "5m, PT5M", "2 H, PT2H", "7d, P7D"})
    void durationsAreReadWithTheirUnit(String text, Duration length) {
        assertThat(duration(text)).isEqualTo(length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "-1s", "1.5s", "1w", "s", "1s2"})
    void whatIsNoDurationIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> duration(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage("'" + text + "' is not a time (expected something like 30s or 500ms)");
    }

    @Test
    void aDurationIsAHundredYearsAtMost() {
        assertThat(duration("36500d")).isEqualTo(Duration.ofDays(36_500));
        assertThatThrownBy(() -> duration("36501d"))
                .hasMessage("'36501d' is too long (36500d at most)");
    }

    @Test
    void timesAreShownInTheUsersZone() {
        Instant noon = LocalDateTime.of(2026, 3, 1, 12, 30, 59)
                .atZone(ZoneId.systemDefault())
                .toInstant();
        assertThat(People.time(noon)).isEqualTo("2026-03-01 12:30");
    }

    @ParameterizedTest
    @CsvSource({
        "0, file, 0 files",
        "1, file, 1 file",
        "2, entry, '2 entries'",
        "1, working copy, 1 working copy",
        "1234567, file, '1,234,567 files'"
    })
    void countsAgreeWithTheirNouns(long number, String noun, String shown) {
        assertThat(People.count(number, noun)).isEqualTo(shown);
    }
}
