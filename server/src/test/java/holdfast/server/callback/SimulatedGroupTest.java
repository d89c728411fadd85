package holdfast.server.callback;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SimulatedGroupTest {
    private static final int SEEDS = Integer.getInteger("seeds", 3_000);
    private static final int STEPS = 400;

    @Test
    void noClientHoldsAPromiseOnSomethingOlderThanAChangeThatWasAnswered() {
        long answered = 0;
        long promised = 0;
        long broken = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedGroup group = new SimulatedGroup(seed);
            try {
                group.run(STEPS);
            } catch (AssertionError e) {
                String trace = String.join("\n", group.trace);
                throw new AssertionError("seed " + seed + "\n" + trace, e);
            }
            answered += group.answered;
            promised += group.promised;
            broken += group.broken;
        }
        assertThat(answered).isGreaterThan(5L * SEEDS);
        assertThat(promised).isGreaterThan(10L * SEEDS);
        assertThat(broken).isGreaterThan(3L * SEEDS);
    }
}
