package holdfast.verify.simulation;

import java.util.function.Predicate;

/** Leaves out parts of a failing program for as long as it still fails. */
final class Shrinking {
    private static final int RUNS_MAX = 400;

    private final Predicate<Program> fails;
    private int runs;

    Shrinking(Predicate<Program> fails) {
        this.fails = fails;
    }

    Program shrink(Program failing) {
        Program small = failing;
        int size = Math.max(1, small.parts() / 2);
        while (size > 0 && runs < RUNS_MAX) {
            Program smaller = without(small, size);
            if (smaller.parts() == small.parts()) {
                size /= 2;
            }
            small = smaller;
        }
        return small;
    }

    private Program without(Program program, int size) {
        Program small = program;
        for (int at = 0; at < small.parts() && runs < RUNS_MAX; ) {
            Program candidate = small.without(at, at + size);
            runs++;
            if (fails.test(candidate)) {
                small = candidate;
            } else {
                at += size;
            }
        }
        return small;
    }
}
