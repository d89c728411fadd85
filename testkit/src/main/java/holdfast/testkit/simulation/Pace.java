package holdfast.testkit.simulation;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * How threads get on: before one lock in {@code oneIn} a thread stands still, mostly for a short
 * time and now and then for up to {@code most}. Each length down to a thousandth of that is as
 * likely as its double, since what has to come between two steps may take any time.
 */
public record Pace(int oneIn, Duration most) {
    /** Up to about as long as it takes to carry out a change. */
    public static final Pace USUAL = new Pace(48, Duration.ofMillis(6));

    private static final int DOUBLINGS = 10;

    /** How long a thread stands still now; mostly 0. */
    long standsStill(SplittableRandom chance) {
        if (chance.nextInt(oneIn) > 0) {
            return 0;
        }
        return chance.nextLong(1 + (most.toNanos() >> chance.nextInt(DOUBLINGS)));
    }
}
