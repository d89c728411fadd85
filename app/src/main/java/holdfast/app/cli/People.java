package holdfast.app.cli;

import holdfast.model.failure.Failure;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes, times and counts as people write and read them. */
final class People {
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");
    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,18})\\s*([KMGTP]?)i?B?", Pattern.CASE_INSENSITIVE);
    private static final Pattern DURATION =
            Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)", Pattern.CASE_INSENSITIVE);

    private static final Duration LONGEST = Duration.ofDays(36_500);

    private People() {}

    /** {@code 1.5 MiB}. */
    static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.size() - 1) {
            value /= 1024;
            unit++;
        }
        String format = unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s";
        return String.format(Locale.ROOT, format, value, UNITS.get(unit));
    }

    /** {@code 2026-03-01 12:30}, in the user's time zone. */
    static String time(Instant when) {
        return TIME.format(when.atZone(ZoneId.systemDefault()));
    }

    /** {@code 340 ms}, {@code 12.5 s}, {@code 3 min 20 s}, {@code 5 h 1 min}. */
    static String duration(Duration length) {
        long millis = length.toMillis();
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
        }
        return length.toHours() == 0
                ? length.toMinutes() + " min " + length.toSecondsPart() + " s"
                : length.toHours() + " h " + length.toMinutesPart() + " min";
    }

    /** {@code 1 file}, {@code 2 files}, {@code 3 entries}. */
    static String count(long number, String noun) {
        return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? noun : plural(noun));
    }

    private static String plural(String noun) {
        return noun.endsWith("y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
    }

    /** {@code anna on mill (process 4711)}. */
    static String holder(Failure.Holder holder) {
        return holder.toString();
    }

    /** Reads {@code 10MiB}, {@code 4096}. */
    static final class SizeConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            Matcher size = SIZE.matcher(text.strip());
            if (!size.matches()) {
                throw new TypeConversionException(
                        "'" + text + "' is not a size (expected something like 10MiB)");
            }
            String unit = size.group(2).toUpperCase(Locale.ROOT);
            int power = unit.isEmpty() ? 0 : "KMGTP".indexOf(unit) + 1;
            try {
                return Math.multiplyExact(Long.parseLong(size.group(1)), 1L << (10 * power));
            } catch (ArithmeticException e) {
                throw new TypeConversionException("'" + text + "' is too large");
            }
        }
    }

    /** Reads {@code 30s}, {@code 500ms}, {@code 2h}. */
    static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Matcher duration = DURATION.matcher(text.strip());
            if (!duration.matches()) {
                throw new TypeConversionException(
                        "'" + text + "' is not a time (expected something like 30s or 500ms)");
            }
            long number = Long.parseLong(duration.group(1));
            Duration length = switch (duration.group(2).toLowerCase(Locale.ROOT)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofDays(number);
            };
            if (length.compareTo(LONGEST) > 0) {
                throw new TypeConversionException(
                        "'" + text + "' is too long (" + LONGEST.toDays() + "d at most)");
            }
            return length;
        }
    }
}
