package holdfast.app.bench;

import java.util.Arrays;

/** What several runs of the same work gave. */
public final class Series {
    private final double[] sorted;

    /** At least one value. */
    Series(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("a series without a value");
        }
        sorted = values.clone();
        Arrays.sort(sorted);
    }

    /** The middle one; of an even number the mean of the two in the middle. */
    public double median() {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public double least() {
        return sorted[0];
    }

    public double greatest() {
        return sorted[sorted.length - 1];
    }
}
