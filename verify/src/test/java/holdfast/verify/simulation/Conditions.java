package holdfast.verify.simulation;

import java.time.Duration;

/**
 * What a program runs on.
 *
 * @param sizes how many members the groups have
 * @param timeout of a client's calls
 * @param detour by how much longer the ways of some connections take, at most
 * @param lingersOneIn one in so many times a thread stands still before it takes a lock
 * @param linger for how long at most
 * @param calm whether nothing goes wrong
 */
record Conditions(
        SimulatedCell.Sizes sizes,
        Duration timeout,
        Duration detour,
        int lingersOneIn,
        Duration linger,
        boolean calm) {
    static final Duration TIMEOUT = Duration.ofSeconds(8);
    private static final Duration DETOUR_MAX = Duration.ofMillis(100);
    private static final Duration LINGER_MAX = Duration.ofMillis(50);

    /** Whether a step can't fail as long as nothing goes wrong. */
    boolean isEasy() {
        return timeout.equals(TIMEOUT)
                && detour.compareTo(DETOUR_MAX) <= 0
                && linger.compareTo(LINGER_MAX) <= 0;
    }

    @Override
    public String toString() {
        return "members " + sizes + ", timeout " + timeout + ", detours " + detour + ", lingers "
                + linger + " one in " + lingersOneIn;
    }
}
