package holdfast.verify.simulation;

import holdfast.testkit.simulation.SimulatedLoader;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/** The simulator, its code and the product's loaded anew, perhaps with classes changed. */
final class Simulator {
    private final LongFunction<String[]> trial;

    Simulator() {
        this(Map.of());
    }

    /** With these classes, by their names, in place of those that are there. */
    @SuppressWarnings("unchecked")
    Simulator(Map<String, byte[]> changed) {
        SimulatedLoader loader = new SimulatedLoader(
                Simulator.class.getClassLoader(), List.of("holdfast."), changed);
        try {
            trial = (LongFunction<String[]>) loader.loadClass(Trial.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What came of a seed. */
    record Outcome(long seed, String wrong, String trace, String size, String story) {
        boolean failed() {
            return !wrong.isEmpty();
        }

        @Override
        public String toString() {
            return "seed " + seed + (failed() ? ": " + wrong : "") + "\nto repeat it: "
                    + "verify/simulate " + seed + "; to make it smaller: verify/simulate --shrink "
                    + seed;
        }
    }

    Outcome run(long seed) {
        return outcome(seed, trial.apply(seed));
    }

    Outcome shrunk(long seed) {
        try {
            Method method = trial.getClass().getMethod("shrunk", long.class);
            return outcome(seed, (String[]) method.invoke(trial, seed));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Outcome outcome(long seed, String[] told) {
        return new Outcome(
                seed, told[Trial.WRONG], told[Trial.TRACE], told[Trial.SIZE], told[Trial.STORY]);
    }
}
