package holdfast.verify.simulation;

import holdfast.verify.simulation.Step.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/** The steps of one client, as a plot puts them together. Times are in milliseconds. */
final class StepList {
    private final SplittableRandom chance;
    private final IntSupplier ids;
    private final List<Step> steps = new ArrayList<>();
    private int before;

    StepList(SplittableRandom chance, IntSupplier ids) {
        this.chance = chance;
        this.ids = ids;
    }

    List<Step> steps() {
        return steps;
    }

    /** A pause before the next one, beside its own. */
    void pause(int millis) {
        before += millis;
    }

    void add(Kind kind, String path, int pause, int hold) {
        add(kind, path, "", pause, hold, Step.LOCK_WAIT, false);
    }

    /** One with two paths. */
    void two(Kind kind, String path, String second, int pause) {
        add(kind, path, second, pause, 0, Step.LOCK_WAIT, false);
    }

    void large(Kind kind, String path, int hold) {
        add(kind, path, "", 0, hold, Step.LOCK_WAIT, true);
    }

    /** One that waits for the lock no longer than this. */
    void brief(Kind kind, String path, int hold, int lockWait) {
        add(kind, path, "", 0, hold, Duration.ofMillis(lockWait), false);
    }

    /** Several times the same, with pauses and holding below these. */
    void more(int times, Kind kind, String path, int pause, int hold) {
        for (int i = 0; i < times; i++) {
            add(kind, path, chance.nextInt(pause), hold == 0 ? 0 : chance.nextInt(hold));
        }
    }

    private void add(
            Kind kind,
            String path,
            String second,
            int pause,
            int hold,
            Duration lockWait,
            boolean large) {
        steps.add(new Step(
                ids.getAsInt(),
                kind,
                path,
                second,
                Duration.ofMillis(before + pause),
                kind.opens() ? Duration.ofMillis(hold) : Duration.ZERO,
                lockWait,
                large));
        before = 0;
    }
}
