package holdfast.app.bench;

import java.io.IOException;

/** The same work done twice, by turns: here and on the local disk. */
final class Pair {
    /** Work that measures itself: seconds, or things a second. */
    interface Work {
        double measure(int run) throws IOException, InterruptedException;
    }

    private final int runs;

    /** Each work is measured {@code runs} times, after one run that does not count. */
    Pair(int runs) {
        this.runs = runs;
    }

    /** What both gave. */
    record Both(Series ours, Series local) {}

    Both measure(Work ours, Work local) throws IOException, InterruptedException {
        double[] here = new double[runs];
        double[] there = new double[runs];
        for (int run = -1; run < runs; run++) {
            double first = local.measure(run);
            double second = ours.measure(run);
            if (run >= 0) {
                there[run] = first;
                here[run] = second;
            }
        }
        return new Both(new Series(here), new Series(there));
    }

    static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }
}
