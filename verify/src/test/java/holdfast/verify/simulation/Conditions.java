package holdfast.verify.simulation;

import holdfast.testkit.simulation.Pace;

import java.time.Duration;

/**
 * What a program runs on.
 *
 * @param sizes how many members the groups have
 * @param timeout of a client's calls
 * @param detour by how much longer the ways of some connections take, at most
 * @param pace how threads get on
 * @param scarce whether servers keep few promises and have little room for breaks
 * @param calm whether nothing goes wrong
 */
record Conditions(
        SimulatedCell.Sizes sizes,
        Duration timeout,
        Duration detour,
        Pace pace,
        boolean scarce,
        boolean calm) {
    static final Duration TIMEOUT = Duration.ofSeconds(8);
    private static final Duration DETOUR_MAX = Duration.ofMillis(100);
    private static final Duration STANDSTILL_MAX = Duration.ofMillis(50);

    /** Whether a step can't fail as long as nothing goes wrong. */
    boolean isEasy() {
        return timeout.equals(TIMEOUT)
                && detour.compareTo(DETOUR_MAX) <= 0
                && pace.most().compareTo(STANDSTILL_MAX) <= 0;
    }

    @Override
    public String toString() {
        return "members " + sizes + ", timeout " + timeout + ", detours " + detour + ", " + pace
                + (scarce ? ", few promises" : "");
    }
}
