package holdfast.app.bench;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One line of the table.
 *
 * @param name short and stable, to choose it by
 * @param work what was done
 * @param local the same work on the local disk, where there is such a thing
 */
public record Figure(
        String name, String work, Unit unit, Series ours, Optional<Series> local, Goal goal) {
    /** A figure of one value, without a counterpart on the local disk. */
    public static Figure single(String name, String work, Unit unit, double value, Goal goal) {
        return new Figure(name, work, unit, new Series(value), Optional.empty(), goal);
    }

    /** What the values count. */
    public enum Unit {
        SECONDS,
        PER_SECOND,
        BYTES
    }

    /** Our speed as a part of the local disk's: 1 is as fast. */
    public OptionalDouble ratio() {
        if (local.isEmpty()) {
            return OptionalDouble.empty();
        }
        double theirs = local.get().median();
        return OptionalDouble.of(
                switch (unit) {
                    case SECONDS, BYTES -> theirs / ours.median();
                    case PER_SECOND -> ours.median() / theirs;
                });
    }

    /** Whether the median reaches the goal. */
    public boolean met() {
        return switch (goal) {
            case Goal.OfLocal(double least) -> ratio().orElse(0) >= least;
            case Goal.Rate(double least) -> ours.median() >= least;
            case Goal.Under(double bound) -> ours.median() < bound;
        };
    }
}
